/* What an observer would write down: distances, periods, and how close the planets come to each other. */
#include "orrery.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DAYS_PER_YEAR = 365.25;
static const double TURN = 6.283185307179586;

typedef struct {
    const char *name;
    double nearest, farthest; /* AU from the Sun */
    double highest;           /* AU above the ecliptic */
    double longitude;         /* of the last observation, radians */
    double swept;             /* radians around the Sun since the first observation */
} Entry;

typedef struct {
    const char *a, *b;
    double distance; /* AU */
    double day;
} Encounter;

enum { ENCOUNTERS = (BODIES - 1) * (BODIES - 2) / 2 };

struct Almanac {
    Entry entries[BODIES - 1];
    Encounter encounters[ENCOUNTERS];
    double first_day, last_day;
    int inside; /* observations of Pluto nearer to the Sun than Neptune */
    int observations;
};

Almanac *almanac_new(void) {
    Almanac *almanac = calloc(1, sizeof *almanac);
    if (almanac == NULL) {
        fputs("orrery: no paper for the almanac\n", stderr);
        exit(3);
    }
    return almanac;
}

static void begin(Almanac *almanac, const System *system) {
    for (int i = 1; i < BODIES; i++) {
        Vector here = heliocentric(system, i);
        double distance = length(here);
        almanac->entries[i - 1] =
            (Entry){system->bodies[i].name, distance, distance, here.z, atan2(here.y, here.x), 0};
    }
    for (int i = 1, n = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++)
            almanac->encounters[n++] = (Encounter){system->bodies[i].name, system->bodies[j].name, HUGE_VAL, 0};
    almanac->first_day = system->day;
}

static void observe_body(Entry *entry, Vector here) {
    double distance = length(here);
    double longitude = atan2(here.y, here.x);
    double moved = longitude - entry->longitude;
    if (moved < -TURN / 2)
        moved += TURN;
    entry->swept += moved;
    entry->longitude = longitude;
    entry->nearest = fmin(entry->nearest, distance);
    entry->farthest = fmax(entry->farthest, distance);
    entry->highest = fmax(entry->highest, here.z);
}

static void observe_pair(Encounter *encounter, const System *system, int i, int j) {
    Vector a = system->bodies[i].position, b = system->bodies[j].position;
    double distance = length((Vector){a.x - b.x, a.y - b.y, a.z - b.z});
    if (distance < encounter->distance) {
        encounter->distance = distance;
        encounter->day = system->day;
    }
}

void almanac_observe(Almanac *almanac, const System *system) {
    if (almanac->observations++ == 0)
        begin(almanac, system);
    for (int i = 1; i < BODIES; i++)
        observe_body(&almanac->entries[i - 1], heliocentric(system, i));
    for (int i = 1, n = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++)
            observe_pair(&almanac->encounters[n++], system, i, j);
    if (length(heliocentric(system, BODIES - 1)) < length(heliocentric(system, BODIES - 2)))
        almanac->inside++;
    almanac->last_day = system->day;
}

static double years(const Almanac *almanac) { return (almanac->last_day - almanac->first_day) / DAYS_PER_YEAR; }

static int by_distance(const void *left, const void *right) {
    double a = ((const Encounter *)left)->distance, b = ((const Encounter *)right)->distance;
    return (a > b) - (a < b);
}

static int by_name(const void *left, const void *right) {
    return strcmp(((const Entry *)left)->name, ((const Entry *)right)->name);
}

/* Kepler's third law: the cube of the mean distance over the square of the period is the same for all. */
static void print_entry(const Almanac *almanac, const Entry *entry) {
    double turns = entry->swept / TURN;
    double period = years(almanac) / turns;
    double axis = 0.5 * (entry->nearest + entry->farthest);
    printf("  %-8s %7.3f %7.3f %8.2f %9.2f %8.2f %8.3f\n", entry->name, entry->nearest, entry->farthest,
           entry->highest, turns, period, pow(axis, 3) / pow(period, 2));
}

static void print_entries(const Almanac *almanac) {
    Entry sorted[BODIES - 1];
    memcpy(sorted, almanac->entries, sizeof sorted);
    qsort(sorted, BODIES - 1, sizeof sorted[0], by_name);
    puts("\n  planet   nearest farthest  highest  orbits    years    a^3/T^2   (AU, from the Sun)");
    for (int i = 0; i < BODIES - 1; i++)
        print_entry(almanac, &sorted[i]);
}

static void print_encounters(const Almanac *almanac) {
    Encounter sorted[ENCOUNTERS];
    memcpy(sorted, almanac->encounters, sizeof sorted);
    qsort(sorted, ENCOUNTERS, sizeof sorted[0], by_distance);
    puts("\n  closest encounters");
    for (int i = 0; i < 5; i++)
        printf("  %-8s %-8s %6.2f AU  in %4.0f\n", sorted[i].a, sorted[i].b, sorted[i].distance,
               floor(1994.68 + sorted[i].day / DAYS_PER_YEAR));
}

void almanac_print(const Almanac *almanac) {
    print_entries(almanac);
    print_encounters(almanac);
    double neptune = almanac->entries[BODIES - 3].swept, pluto = almanac->entries[BODIES - 2].swept;
    printf("\n  Neptune goes round %.2f times while Pluto does twice: their paths cross on the map, and they\n"
           "  never meet. Pluto is the nearer one for %.1f%% of the time.\n",
           2 * neptune / pluto, 100.0 * almanac->inside / almanac->observations);
}

void almanac_free(Almanac *almanac) { free(almanac); }
