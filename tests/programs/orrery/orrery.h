/* An orrery of the outer solar system: what the four files of the program share. */
#ifndef ORRERY_H
#define ORRERY_H

#include <stddef.h>

enum { BODIES = 6, SUN = 0 };

typedef struct {
    double x, y, z;
} Vector;

typedef struct {
    const char *name;
    char letter;     /* how it is drawn */
    double mass;     /* in masses of the Sun */
    Vector position; /* AU, heliocentric at the start, barycentric after `solar_system` */
    Vector velocity; /* AU per day */
} Body;

typedef struct {
    Body bodies[BODIES];
    double day;
} System;

/* physics.c */
typedef struct {
    const char *name;
    const char *remark;
    void (*step)(System *system, double days);
    int evaluations; /* of the forces, per step */
} Integrator;

extern const Integrator integrators[];
extern const size_t integrator_count;
extern unsigned long force_evaluations;

System solar_system(void);
double total_energy(const System *system);
Vector angular_momentum(const System *system);
Vector heliocentric(const System *system, int body);
double length(Vector vector);
const Integrator *find_integrator(const char *name);

/* canvas.c */
typedef struct Canvas Canvas;
typedef struct {
    double left, right, bottom, top; /* AU from the Sun */
} Frame;

Canvas *canvas_new(int columns, int rows, Frame frame);
void canvas_plot(Canvas *canvas, double x, double y, char ink);
void canvas_label(Canvas *canvas, double x, double y, const char *text);
void canvas_print(const Canvas *canvas, const char *caption);
void canvas_free(Canvas *canvas);
void sparkline(const char *caption, const double *values, size_t count);

/* almanac.c */
typedef struct Almanac Almanac;

Almanac *almanac_new(void);
void almanac_observe(Almanac *almanac, const System *system);
void almanac_print(const Almanac *almanac);
void almanac_free(Almanac *almanac);

#endif
