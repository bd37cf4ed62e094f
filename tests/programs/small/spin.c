/* Prints a line, then never ends. */
#include <stdio.h>

static volatile int turning = 1;

int main(void) {
    printf("spinning\n");
    fflush(stdout);
    while (turning) {
    }
    return 0;
}
