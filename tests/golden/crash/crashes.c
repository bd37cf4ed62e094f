#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node { struct node *next; long value; };
const int tab[4] = {1, 2, 3, 4};
long words[4] = {1, 2, 3, 4};
char text[] = "abc";

__attribute__((noinline)) long sum_up(struct node *n) {
  long s = 0;
  for (; n; n = n->next)
    s += n->value;
  return s;
}
__attribute__((noinline)) long middle(struct node *n, long k) { return sum_up(n) * k + 1; }

long follows_a_bad_list(long next) {
  struct node a = {(struct node *)next, 5};
  fprintf(stderr, "about to sum up\n");
  return middle(&a, 3) + 1;
}
long writes_a_constant(long i) {
  ((volatile int *)tab)[i] = 7;
  return tab[0];
}
long writes_code(long x) {
  *(volatile char *)&sum_up = (char)x;
  return 1;
}
long aborts(long x) {
  printf("giving up on %ld", x);
  abort();
}
long fails_in_the_library(long address) { return memcmp((void *)address, text, 3) + 1; }
long recurses(long x) {
  volatile long a[8];
  a[x & 7] = x;
  return recurses(x + 1) + a[0];
}
long jumps_to(long address) { return ((long (*)(void))address)() + 1; }
long jumps_into_data(long i) { return ((long (*)(void))&words[i])() + 1; }
long divides(long by) { return 7 / by; }
long traps(long x) { __builtin_trap(); }
long breaks(long x) { __asm__ volatile("int3"); return x; }
