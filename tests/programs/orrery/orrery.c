/* orrery [YEARS [STEP_DAYS [METHOD]]]: the outer solar system from 1994 on, in characters.
 *
 * Prints the orbits from above and from the side, an almanac, and how well each integrator keeps the energy.
 * Exit status: 0, or 1 when the energy of the chosen one drifts by more than a thousandth, 2 for wrong
 * arguments, 3 without memory. */
#include "orrery.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 60 };

typedef struct {
    double years, step;
    const Integrator *integrator;
} Options;

static unsigned long steps_taken;

static void say_goodbye(void) {
    printf("\n  %lu steps, %lu force evaluations. The planets go on without us.\n", steps_taken, force_evaluations);
}

__attribute__((noreturn)) static void refuse(const char *what, const char *argument) {
    fprintf(stderr, "orrery: %s: %s\nusage: orrery [YEARS [STEP_DAYS [METHOD]]]   METHOD is one of", what, argument);
    for (size_t i = 0; i < integrator_count; i++)
        fprintf(stderr, " %s", integrators[i].name);
    fputc('\n', stderr);
    exit(2);
}

static double parse_positive(const char *text, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0 && value <= most))
        refuse("not a number in range", text);
    return value;
}

static Options parse_options(int argc, char **argv) {
    Options options = {498, 20, &integrators[2]};
    if (argc > 1)
        options.years = parse_positive(argv[1], 10000);
    if (argc > 2)
        options.step = parse_positive(argv[2], 400);
    if (argc > 3)
        options.integrator = find_integrator(argv[3]);
    if (options.integrator == NULL)
        refuse("no such method", argv[3]);
    if (argc > 4)
        refuse("one argument too many", argv[4]);
    return options;
}

static long step_count(const Options *options) { return lround(options->years * 365.25 / options->step); }

static double relative_error(double value, double reference) { return (value - reference) / fabs(reference); }

static void draw(const System *system, Canvas *above, Canvas *side) {
    for (int i = 1; i < BODIES; i++) {
        Vector here = heliocentric(system, i);
        canvas_plot(above, here.x, here.y, '.');
        canvas_plot(side, here.x, here.z, '.');
    }
}

static void label(const System *system, Canvas *above, Canvas *side) {
    for (int i = 1; i < BODIES; i++) {
        Vector here = heliocentric(system, i);
        canvas_label(above, here.x, here.y, system->bodies[i].name);
        canvas_label(side, here.x, here.z, (char[]){system->bodies[i].letter, '\0'});
    }
    canvas_label(above, 0, 0, "*");
    canvas_label(side, 0, 0, "*");
}

/* Goes through all steps of the chosen method, watching. */
static System travel(const Options *options, Canvas *above, Canvas *side, Almanac *almanac) {
    System system = solar_system();
    for (long step = 0, steps = step_count(options); step < steps; step++, steps_taken++) {
        almanac_observe(almanac, &system);
        draw(&system, above, side);
        options->integrator->step(&system, options->step);
    }
    return system;
}

static void show_the_map(const Options *options) {
    Canvas *above = canvas_new(96, 40, (Frame){-40, 52, -34, 51}), *side = canvas_new(96, 13, (Frame){-40, 52, -16, 11});
    Almanac *almanac = almanac_new();
    System system = travel(options, above, side, almanac);
    label(&system, above, side);
    canvas_print(above, "from above, 92 AU across");
    canvas_print(side, "from the side: Pluto does as it likes");
    almanac_print(almanac);
    canvas_free(above);
    canvas_free(side);
    almanac_free(almanac);
}

/* Runs one method without looking at the sky; returns its largest relative error of the energy. */
static double judge(const Integrator *integrator, const Options *options) {
    System system = solar_system();
    double energy = total_energy(&system), momentum = length(angular_momentum(&system));
    double errors[SAMPLES], worst = 0;
    long steps = step_count(options);
    for (long step = 0, sample = 0; sample < SAMPLES; sample++) {
        for (; step < (sample + 1) * steps / SAMPLES; step++, steps_taken++)
            integrator->step(&system, options->step);
        errors[sample] = relative_error(total_energy(&system), energy);
        worst = fmax(worst, fabs(errors[sample]));
    }
    sparkline(integrator->name, errors, SAMPLES);
    /* Rounding alone costs about 1e-12 of the spin: nothing below 1e-9 is worth printing. */
    double spin = fmax(1e-9, fabs(relative_error(length(angular_momentum(&system)), momentum)));
    printf("             %-26s energy off by %.0e at worst, spin kept to %.0e\n", integrator->remark, worst, spin);
    return worst;
}

static double judge_all(const Options *options) {
    double chosen = 0;
    puts("\n  energy over time, a line per method");
    for (size_t i = 0; i < integrator_count; i++) {
        double worst = judge(&integrators[i], options);
        if (&integrators[i] == options->integrator)
            chosen = worst;
    }
    return chosen;
}

int main(int argc, char **argv) {
    Options options = parse_options(argc, argv);
    atexit(say_goodbye);
    printf("  The outer solar system, %g years from September 1994 in steps of %g days (%s).\n", options.years,
           options.step, options.integrator->name);
    show_the_map(&options);
    return judge_all(&options) > 1e-3 ? 1 : 0;
}
