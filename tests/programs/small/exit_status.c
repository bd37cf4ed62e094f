/* Calls exit(7) deep inside a recursion; an exit handler says that it ran. */
#include <stdio.h>
#include <stdlib.h>

static void leave(void) { puts("exit handler"); }

/* volatile: the frames must really be there */
static int dig(volatile int depth) {
    if (depth == 0)
        exit(7);
    return dig(depth - 1) + depth;
}

int main(void) {
    atexit(leave);
    printf("digging\n");
    return dig(1000);
}
