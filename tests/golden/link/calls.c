/* Calls, pointers to functions, strings, a weak reference, a common variable: what most C is made of. */
#include <stdio.h>
#include <stdlib.h>

int counter __attribute__((common));
extern void hook(void) __attribute__((weak));
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static const char *const names[] = {"zero", "one", "two"};

int show(int n) {
    int values[] = {3, 1, 2};
    qsort(values, 3, sizeof values[0], compare);
    if (hook) hook();
    counter += values[0];
    return printf("%s\n", names[n % 3]);
}
