/* Gravity and three ways to step through time. All arithmetic is plain IEEE double in a fixed order
 * (-ffp-contract=off), so that every machine prints the same. */
#include "orrery.h"

#include <math.h>
#include <string.h>

static const double GRAVITY = 2.95912208286e-4; /* AU^3 / (solar mass * day^2) */
static const double OBLIQUITY = 0.40909280422232897; /* tilt of the Earth's equator, radians */

unsigned long force_evaluations;

/* 5 September 1994, relative to the Sun, in the Earth's equatorial frame. The masses of the inner planets
 * are added to the Sun's. Numbers as in Hairer, Lubich, Wanner: Geometric Numerical Integration, I.2.4. */
static const Body epoch[BODIES] = {
    {"Sun", '*', 1.00000597682, {0, 0, 0}, {0, 0, 0}},
    {"Jupiter", 'J', 0.000954786104043, {-3.5023653, -3.8169847, -1.5507963}, {0.00565429, -0.00412490, -0.00190589}},
    {"Saturn", 'S', 0.000285583733151, {9.0755314, -3.0458353, -1.6483708}, {0.00168318, 0.00483525, 0.00192462}},
    {"Uranus", 'U', 0.0000437273164546, {8.3101420, -16.2901086, -7.2521278}, {0.00354178, 0.00137102, 0.00055029}},
    {"Neptune", 'N', 0.0000517759138449, {11.4707666, -25.7294829, -10.8169456}, {0.00288930, 0.00114527, 0.00039677}},
    {"Pluto", 'P', 7.692307692307693e-9, {-15.5387357, -25.2225594, -3.1902382}, {0.00276725, -0.00170702, -0.00136504}},
};

static Vector add(Vector a, Vector b) { return (Vector){a.x + b.x, a.y + b.y, a.z + b.z}; }
static Vector subtract(Vector a, Vector b) { return (Vector){a.x - b.x, a.y - b.y, a.z - b.z}; }
static Vector scale(Vector a, double by) { return (Vector){a.x * by, a.y * by, a.z * by}; }
static double dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

static Vector cross(Vector a, Vector b) {
    return (Vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

double length(Vector vector) { return sqrt(dot(vector, vector)); }

Vector heliocentric(const System *system, int body) {
    return subtract(system->bodies[body].position, system->bodies[SUN].position);
}

/* The planets move near the ecliptic, so that is the plane to look at. */
static Vector to_ecliptic(Vector v) {
    double c = cos(OBLIQUITY), s = sin(OBLIQUITY);
    return (Vector){v.x, c * v.y + s * v.z, c * v.z - s * v.y};
}

/* Moves the origin to the centre of mass, at rest: otherwise the whole picture drifts away. */
static void to_barycentre(System *system) {
    Vector position = {0, 0, 0}, velocity = {0, 0, 0};
    double mass = 0;
    for (int i = 0; i < BODIES; i++) {
        const Body *body = &system->bodies[i];
        position = add(position, scale(body->position, body->mass));
        velocity = add(velocity, scale(body->velocity, body->mass));
        mass += body->mass;
    }
    for (int i = 0; i < BODIES; i++) {
        Body *body = &system->bodies[i];
        body->position = subtract(body->position, scale(position, 1 / mass));
        body->velocity = subtract(body->velocity, scale(velocity, 1 / mass));
    }
}

System solar_system(void) {
    System system;
    memset(&system, 0, sizeof system);
    memcpy(system.bodies, epoch, sizeof epoch);
    for (int i = 0; i < BODIES; i++) {
        system.bodies[i].position = to_ecliptic(system.bodies[i].position);
        system.bodies[i].velocity = to_ecliptic(system.bodies[i].velocity);
    }
    to_barycentre(&system);
    return system;
}

double total_energy(const System *system) {
    double energy = 0;
    for (int i = 0; i < BODIES; i++) {
        const Body *a = &system->bodies[i];
        energy += 0.5 * a->mass * dot(a->velocity, a->velocity);
        for (int j = 0; j < i; j++) {
            const Body *b = &system->bodies[j];
            energy -= GRAVITY * a->mass * b->mass / length(subtract(a->position, b->position));
        }
    }
    return energy;
}

Vector angular_momentum(const System *system) {
    Vector sum = {0, 0, 0};
    for (int i = 0; i < BODIES; i++) {
        const Body *body = &system->bodies[i];
        sum = add(sum, scale(cross(body->position, body->velocity), body->mass));
    }
    return sum;
}

/* Changes the velocities by what gravity does in `days`: each pair once, equal and opposite. */
static void kick(System *system, double days) {
    force_evaluations++;
    for (int i = 1; i < BODIES; i++) {
        Body *a = &system->bodies[i];
        for (int j = 0; j < i; j++) {
            Body *b = &system->bodies[j];
            Vector apart = subtract(b->position, a->position);
            double square = dot(apart, apart);
            double pull = GRAVITY * days / (square * sqrt(square));
            a->velocity = add(a->velocity, scale(apart, pull * b->mass));
            b->velocity = subtract(b->velocity, scale(apart, pull * a->mass));
        }
    }
}

/* Moves everything along a straight line for `days`. */
static void drift(System *system, double days) {
    for (int i = 0; i < BODIES; i++)
        system->bodies[i].position = add(system->bodies[i].position, scale(system->bodies[i].velocity, days));
}

/* Explicit Euler: positions and velocities both from the old state. */
static void euler(System *system, double days) {
    System old = *system;
    kick(system, days);
    for (int i = 0; i < BODIES; i++)
        system->bodies[i].position = add(old.bodies[i].position, scale(old.bodies[i].velocity, days));
    system->day += days;
}

/* Stoermer and Verlet: symplectic, second order. */
static void leapfrog(System *system, double days) {
    drift(system, 0.5 * days);
    kick(system, days);
    drift(system, 0.5 * days);
    system->day += days;
}

/* Three leapfrogs, the middle one backwards, so that the errors of third order cancel (Yoshida, 1990). */
static void yoshida(System *system, double days) {
    double root = cbrt(2.0);
    double outer = 1 / (2 - root), inner = -root / (2 - root);
    double day = system->day;
    leapfrog(system, outer * days);
    leapfrog(system, inner * days);
    leapfrog(system, outer * days);
    system->day = day + days;
}

const Integrator integrators[] = {
    {"euler", "first order, gains energy", euler, 1},
    {"leapfrog", "second order, symplectic", leapfrog, 1},
    {"yoshida", "fourth order, symplectic", yoshida, 3},
};
const size_t integrator_count = sizeof integrators / sizeof integrators[0];

const Integrator *find_integrator(const char *name) {
    for (size_t i = 0; i < integrator_count; i++)
        if (strcmp(integrators[i].name, name) == 0)
            return &integrators[i];
    return NULL;
}
