/* Writes over the words of lanes, which the worker has writable, while callers wait for them. (test_hostile_lanes.py) */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LANE = 65536, FRAME = 0xF0, REQUEST = 0, FRAME_END = 0x14, REPLY = 0x40 };

/* A word: where it is, its value, and what the value is added to. */
struct poke { uint32_t offset, value, base; };
enum { NOTHING, THE_REQUEST, THE_FRAMES_END };

static volatile uint32_t *word(char *lane, uint32_t offset) { return (volatile uint32_t *)(lane + offset); }
static void wake(char *lane, uint32_t offset) { syscall(SYS_futex, lane + offset, 1, 0x7fffffff, 0, 0, 0); }

static void apply(char *lane, const struct poke *pokes, long count) {
  for (long i = 0; i < count; i++) {
    uint32_t base = pokes[i].base == THE_REQUEST ? *word(lane, REQUEST) : pokes[i].base == THE_FRAMES_END ? *word(lane, FRAME_END) : 0;
    *word(lane, pokes[i].offset) = base + pokes[i].value;
    __sync_synchronize();
  }
  wake(lane, REPLY);
}

long lies(char *lanes, const struct poke *pokes, long count, long then);

/* The lane whose first frame calls us. */
static char *own_lane(char *lanes) {
  for (long i = 1; i < 64; i++)
    if (*(void **)(lanes + i * LANE + FRAME + 8) == (void *)&lies) return lanes + i * LANE;
  return lanes + LANE;
}

/* Writes the words, and then: 0 returns, 1 never returns, 2 goes on writing for ever. */
long lies(char *lanes, const struct poke *pokes, long count, long then) {
  char *lane = own_lane(lanes);
  apply(lane, pokes, count);
  while (then) if (then == 2) apply(lane, pokes, count);
  return 1;
}

/* The same on the lane of a number. */
long lies_on(long number, char *lanes, const struct poke *pokes, long count) {
  apply(lanes + number * LANE, pokes, count);
  return 1;
}

/* Fills all lanes but the control lane. */
long floods(char *lanes, long bytes, long byte) {
  memset(lanes + LANE, (int)byte, bytes - LANE);
  return 1;
}

static char *stormed;
static long storm_bytes;
static void *storm(void *flips) {
  for (uint32_t x = 1;; x = x * 1664525 + 1013904223)
    for (char *lane = stormed + LANE; lane < stormed + storm_bytes; lane += LANE) {
      if (flips) *word(lane, (x >> 8) % 24 * 4) = x;
      wake(lane, REQUEST);
      wake(lane, REPLY);
    }
}

/* Starts a thread that wakes everybody for ever, and writes over the words if it `flips`. */
long starts_a_storm(char *lanes, long bytes, long flips) {
  pthread_t thread;
  stormed = lanes, storm_bytes = bytes;
  return pthread_create(&thread, 0, storm, (void *)flips);
}

long adds_one(long x) { return x + 1; }
long applies(long (*f)(long), long x) { return f(x) + 1; }
