/* Pictures made of characters. */
#include "orrery.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Canvas {
    int columns, rows;
    Frame frame;
    char *ink; /* rows * columns, no terminators */
};

/* Filled before main runs: shade[n] is drawn where a planet was seen n times. */
static char shade[10];

__attribute__((constructor)) static void mix_the_ink(void) {
    static const char inks[] = " .:-=+*%@#";
    memcpy(shade, inks, sizeof shade);
}

/* Exits where there is no memory: a program without a picture has nothing to say. */
static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fputs("orrery: out of memory\n", stderr);
        exit(3);
    }
    return memory;
}

Canvas *canvas_new(int columns, int rows, Frame frame) {
    Canvas *canvas = allocate(1, sizeof *canvas);
    *canvas = (Canvas){columns, rows, frame, allocate((size_t)columns * (size_t)rows, 1)};
    memset(canvas->ink, ' ', (size_t)columns * (size_t)rows);
    return canvas;
}

/* The cell of a point in AU, or NULL outside. */
static char *cell(const Canvas *canvas, double x, double y) {
    const Frame *frame = &canvas->frame;
    int column = (int)floor((x - frame->left) / (frame->right - frame->left) * canvas->columns);
    int row = (int)floor((frame->top - y) / (frame->top - frame->bottom) * canvas->rows);
    if (column < 0 || column >= canvas->columns || row < 0 || row >= canvas->rows)
        return NULL;
    return &canvas->ink[row * canvas->columns + column];
}

void canvas_plot(Canvas *canvas, double x, double y, char ink) {
    char *here = cell(canvas, x, y);
    if (here != NULL && (*here == ' ' || *here == '.'))
        *here = ink;
}

void canvas_label(Canvas *canvas, double x, double y, const char *text) {
    char *here = cell(canvas, x, y);
    if (here == NULL)
        return;
    size_t left = (size_t)(canvas->columns - (here - canvas->ink) % canvas->columns);
    size_t size = strlen(text);
    memcpy(here, text, size < left ? size : left);
}

void canvas_print(const Canvas *canvas, const char *caption) {
    printf("\n  %s\n", caption);
    for (int row = 0; row < canvas->rows; row++) {
        const char *line = &canvas->ink[row * canvas->columns];
        int used = canvas->columns;
        while (used > 0 && line[used - 1] == ' ')
            used--;
        printf("  %.*s\n", used, line);
    }
}

void canvas_free(Canvas *canvas) {
    free(canvas->ink);
    free(canvas);
}

/* One character per value, from the smallest to the largest. */
void sparkline(const char *caption, const double *values, size_t count) {
    double low = values[0], high = values[0];
    for (size_t i = 1; i < count; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    double span = high > low ? high - low : 1;
    printf("  %-10s [", caption);
    for (size_t i = 0; i < count; i++)
        putchar(shade[(int)lround((values[i] - low) / span * (sizeof shade - 1))]);
    puts("]");
}
