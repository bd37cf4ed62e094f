/* Prints a line, then writes through a null pointer. */
#include <stdio.h>

static int *volatile nowhere;

void write_to_nowhere(int value) { *nowhere = value; }

int main(void) {
    printf("about to crash\n");
    fflush(stdout);
    write_to_nowhere(1);
    return 0;
}
