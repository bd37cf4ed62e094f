/* Static constructors by priority, a destructor, and exit handlers in reverse order of registration. */
#include <stdio.h>
#include <stdlib.h>

static char trace[8];
static int traced;

static void note(char letter) { trace[traced++] = letter; }

__attribute__((constructor(101))) static void first(void) { note('a'); }
__attribute__((constructor(202))) static void second(void) { note('b'); }
__attribute__((constructor)) static void third(void) { note('c'); }
__attribute__((destructor)) static void last(void) { puts("destructor"); fflush(stdout); }

static void bye(void) { puts("bye"); }
static void good(void) { puts("good"); }

int main(void) {
    atexit(bye);
    atexit(good);
    note('m');
    printf("%s\n", trace);
    return 0;
}
