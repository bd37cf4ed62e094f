/* Prints a line and returns 42. */
#include <stdio.h>

int main(void) {
    printf("hello from %s\n", "the other side");
    return 42;
}
