/* Programs that foreign code could be. Each is a function of one number, and says above itself what becomes of it:
 *
 *   sandbox NAME     the sandbox ends the worker for the system call, which its end names (unnamed: if it can)
 *   signal NUMBER    the worker dies of the signal
 *   exit STATUS      the worker ends itself
 *   returns VALUE    it does no harm, and returns
 *   timeout          its deadline ends the worker
 *   one | another    either
 *
 * threads N: the session allows so many.  x86_64: only there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long words[64];
static char bytes[256];
#define CALL(...) syscall(__VA_ARGS__)

/* -- escape: new programs, processes, files, network ------------------------------------------------------------- */

// sandbox execve
long run_a_program(long x) { char *argv[] = {"/bin/true", 0}; return CALL(SYS_execve, "/bin/true", argv, argv + 1); }
// sandbox execveat
long run_a_descriptor(long x) { char *argv[] = {"x", 0}; return CALL(SYS_execveat, 1, "", argv, argv + 1, 0x1000); }
// sandbox clone | sandbox fork
long fork_bomb(long x) { for (;;) if (CALL(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0) return errno; }
// sandbox vfork | x86_64
long vfork_once(long x) { return CALL(58); }
// sandbox clone3
long clone3_once(long x) { uint64_t args[11] = {0}; args[4] = SIGCHLD; return CALL(SYS_clone3, args, sizeof args); }
// sandbox clone
long new_namespace(long x) { return CALL(SYS_clone, 0x10000000 | SIGCHLD, 0, 0, 0, 0); }
// sandbox unshare
long unshare_user(long x) { return CALL(SYS_unshare, 0x10000000); }
// sandbox setns
long join_a_namespace(long x) { return CALL(SYS_setns, 1, 0); }
// sandbox open | sandbox openat
long open_passwd(long x) { return CALL(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY); }
// sandbox open | x86_64
long open_the_old_way(long x) { return CALL(2, "/etc/shadow", O_RDONLY); }
// sandbox openat2
long open_the_new_way(long x) { uint64_t how[3] = {0}; return CALL(437, AT_FDCWD, "/etc/passwd", how, sizeof how); }
// sandbox openat
long create_a_file(long x) { return CALL(SYS_openat, AT_FDCWD, "/tmp/exclave-was-here", O_CREAT | O_RDWR, 0666); }
// sandbox openat
long own_memory_file(long x) { return CALL(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR); }
// sandbox openat
long own_descriptors(long x) { return CALL(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY); }
// sandbox unlinkat
long remove_a_file(long x) { return CALL(SYS_unlinkat, AT_FDCWD, "/tmp/x", 0); }
// sandbox mkdirat
long make_a_folder(long x) { return CALL(SYS_mkdirat, AT_FDCWD, "/tmp/x", 0777); }
// sandbox statx
long look_at_a_file(long x) { return CALL(SYS_statx, AT_FDCWD, "/root", 0, 0xfff, words); }
// sandbox getdents64
long list_a_folder(long x) { return CALL(SYS_getdents64, 0, words, sizeof words); }
// sandbox chdir
long change_folder(long x) { return CALL(SYS_chdir, "/"); }
// sandbox chroot
long change_root(long x) { return CALL(SYS_chroot, "/"); }
// sandbox mount
long mount_something(long x) { return CALL(SYS_mount, "none", "/tmp", "tmpfs", 0, 0); }
// sandbox socket
long open_tcp(long x) { return CALL(SYS_socket, 2, 1, 0); }
// sandbox socket
long open_unix(long x) { return CALL(SYS_socket, 1, 1, 0); }
// sandbox socket
long open_packet(long x) { return CALL(SYS_socket, 17, 3, 0); }
// sandbox socketpair
long pair_of_sockets(long x) { return CALL(SYS_socketpair, 1, 1, 0, words); }
// sandbox connect
long connect_stdin(long x) { return CALL(SYS_connect, 0, words, 16); }
// sandbox sendmsg
long send_a_descriptor(long x) { return CALL(SYS_sendmsg, 1, words, 0); }
// sandbox pipe2
long make_a_pipe(long x) { return CALL(SYS_pipe2, words, 0); }
// sandbox eventfd2
long make_an_eventfd(long x) { return CALL(SYS_eventfd2, 0, 0); }
// sandbox epoll_create1
long make_an_epoll(long x) { return CALL(SYS_epoll_create1, 0); }
// sandbox inotify_init1
long watch_files(long x) { return CALL(SYS_inotify_init1, 0); }

/* -- the kernel's larger doors ----------------------------------------------------------------------------------- */

// sandbox io_uring_setup
long io_uring(long x) { return CALL(425, 8, words); }
// sandbox bpf
long load_bpf(long x) { return CALL(SYS_bpf, 5, words, 48); }
// sandbox userfaultfd
long user_faults(long x) { return CALL(SYS_userfaultfd, 1); }
// sandbox perf_event_open
long measure_others(long x) { return CALL(SYS_perf_event_open, words, 0, -1, -1, 0); }
// sandbox keyctl
long read_keys(long x) { return CALL(SYS_keyctl, 0, -3, 0); }
// sandbox add_key
long add_a_key(long x) { return CALL(SYS_add_key, "user", "a", "b", 1, -3); }
// sandbox modify_ldt | x86_64
long change_segments(long x) { return CALL(154, 0, words, 16); }
// sandbox ioperm | x86_64
long open_ports(long x) { return CALL(173, 0, 1024, 1); }
// sandbox init_module
long load_a_module(long x) { return CALL(SYS_init_module, bytes, 10, ""); }
// sandbox reboot
long reboot(long x) { return CALL(SYS_reboot, 0xfee1dead, 672274793, 0, 0); }
// sandbox settimeofday
long set_the_clock(long x) { return CALL(SYS_settimeofday, words, 0); }
// sandbox timer_create
long make_a_timer(long x) { return CALL(SYS_timer_create, 1, 0, words); }
// sandbox seccomp
long another_filter(long x) { return CALL(SYS_seccomp, 1, 0, words); }
// sandbox prctl
long become_dumpable(long x) { return CALL(SYS_prctl, 4, 1, 0, 0, 0); }
// sandbox setuid
long become_root(long x) { return CALL(SYS_setuid, 0); }
// sandbox setrlimit | sandbox prlimit64
long raise_a_limit(long x) { words[0] = words[1] = -1; return CALL(SYS_prlimit64, 0, 7, words, 0); }
// sandbox capset
long set_capabilities(long x) { return CALL(SYS_capset, words, words); }
// sandbox sched_setaffinity
long move_to_a_core(long x) { return CALL(SYS_sched_setaffinity, 0, 8, words); }
// sandbox setpriority
long raise_priority(long x) { return CALL(SYS_setpriority, 0, 0, -20); }
// sandbox unnamed | sandbox 2147483647 | x86_64
long no_system_call(long x) { return CALL(0x7fffffff); }
// sandbox unnamed | x86_64
long x32_call(long x) { return CALL(0x40000000 + 39); }
#ifdef __x86_64__
// sandbox unnamed | x86_64
long int_0x80(long x) { long r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory"); return r; }
#endif

/* -- others ------------------------------------------------------------------------------------------------------ */

// sandbox ptrace
long trace_the_parent(long x) { return CALL(SYS_ptrace, 16, getppid(), 0, 0); }
// sandbox kill
long kill_everybody(long x) { return CALL(SYS_kill, -1, SIGKILL); }
// sandbox kill
long kill_the_parent(long x) { return CALL(SYS_kill, getppid(), SIGKILL); }
// sandbox kill
long kill_by_guess(long daemon) { return CALL(SYS_kill, daemon, SIGKILL); }
// sandbox tgkill
long signal_another(long x) { return CALL(SYS_tgkill, getppid(), getppid(), SIGTERM); }
// sandbox pidfd_open
long open_a_process(long daemon) { return CALL(434, daemon, 0); }
// sandbox process_vm_writev
long write_to_a_process(long daemon) { return CALL(SYS_process_vm_writev, daemon, words, 1, words, 1, 0); }
// sandbox process_vm_readv
long read_a_process(long daemon) { return CALL(SYS_process_vm_readv, daemon, words, 1, words, 1, 0); }
// sandbox shmget
long shared_segments(long x) { return CALL(SYS_shmget, 0, 4096, 01777); }
// sandbox mq_open
long message_queues(long x) { return CALL(SYS_mq_open, "x", O_CREAT, 0666, 0); }

/* -- code that may not become writable, data that may not become executable -------------------------------------- */

// signal 11
long write_own_code(long x) { *(volatile char *)&write_own_code = 0; return 1; }
// sandbox mprotect
long unprotect_code(long x) { return CALL(SYS_mprotect, (long)&unprotect_code & -4096, 4096, 7); }
// signal 11 | sandbox mprotect | returns 1
long make_code_writable(long x) {
  if (CALL(SYS_mprotect, (long)&make_code_writable & -4096, 4096, 3) == 0) *(volatile char *)&make_code_writable = 0;
  return errno == EACCES || errno == EPERM;
}
// sandbox mprotect
long make_data_executable(long x) { return CALL(SYS_mprotect, (long)words & -4096, 4096, 5); }
// sandbox pkey_mprotect
long protect_by_key(long x) { return CALL(SYS_pkey_mprotect, (long)words & -4096, 4096, 5, -1); }
// sandbox mmap
long map_executable(long x) { return CALL(SYS_mmap, 0, 4096, 7, 0x22, -1, 0); }
// sandbox mmap
long map_shared(long x) { return CALL(SYS_mmap, 0, 4096, 3, 0x21, -1, 0); }
// sandbox mmap
long map_over_code(long x) { return CALL(SYS_mmap, (long)&map_over_code & -4096, 4096, 3, 0x32, -1, 0); }
// returns 1 | signal 11 | signal 7
long unmap_code(long x) { long r = CALL(SYS_munmap, (long)&unmap_code & -4096, 4096); return r == -1 && errno == EPERM; }
// returns 1 | signal 11
long move_code(long x) {
  return CALL(SYS_mremap, (long)&move_code & -4096, 4096, 4096, 3, 0x10000000L) == -1;
}
// sandbox madvise
long punch_code(long x) { return CALL(SYS_madvise, (long)&punch_code & -4096, 4096, 9); }
// sandbox personality
long read_implies_exec(long x) { return CALL(SYS_personality, 0x400000); }
// sandbox shmat
long attach_executable(long x) { return CALL(SYS_shmat, 0, 0, 0100000); }
// sandbox memfd_create
long file_of_its_own(long x) { return CALL(SYS_memfd_create, "x", 0); }
// signal 11
long jump_into_data(long x) { memset(bytes, 0xc3, sizeof bytes); return ((long (*)(void))bytes)(); }
// signal 11
long jump_into_the_stack(long x) { char code[16]; memset(code, 0xc3, 16); return ((long (*)(void))code)(); }
// signal 11
long jump_into_the_heap(long x) { char *code = malloc(64); memset(code, 0xc3, 64); return ((long (*)(void))code)(); }
// signal 11
long write_through_everything(long x) {
  for (uintptr_t at = (uintptr_t)&write_through_everything & -4096;; at += 4096) *(volatile char *)at = 0;
}

/* -- crashes ----------------------------------------------------------------------------------------------------- */

// signal 11
long null_pointer(long x) { return *(volatile long *)x; }
// signal 11
long kernel_address(long x) { return *(volatile long *)0xffffffff80000000; }
// signal 11
long no_canonical_address(long x) { return *(volatile long *)(1L << 60); }
// signal 11
long return_to_null(long x) { return ((long (*)(void))x)(); }
// signal 6
long call_abort(long x) { abort(); }
// signal 8 | returns 0
long divide_by_zero(long x) { return 7 / x; }
// exit 3
long exit_now(long x) { _exit(3); }
// exit 0
long exit_as_if_all_were_well(long x) { CALL(SYS_exit_group, 0); return 1; }
// timeout | exit 0
long end_the_thread(long x) { CALL(SYS_exit, 0); return 1; }
// signal 6
long raise_abrt(long x) { return raise(SIGABRT); }
// signal 11
long raise_segv(long x) { return raise(SIGSEGV); }
// signal 7
long raise_bus(long x) { return raise(SIGBUS); }
// signal 4
long raise_ill(long x) { return raise(SIGILL); }
// signal 8
long raise_fpe(long x) { return raise(SIGFPE); }
// signal 5
long raise_trap(long x) { return raise(SIGTRAP); }
// sandbox unnamed
long raise_sys(long x) { return raise(SIGSYS); }
// signal 9
long raise_kill(long x) { return raise(SIGKILL); }
// signal 15
long raise_term(long x) { return raise(SIGTERM); }
// signal 1
long raise_hup(long x) { return raise(SIGHUP); }
// timeout
long raise_stop(long x) { return raise(SIGSTOP); }
// signal 11
long stack_overflow(long x) { volatile char room[4096]; room[0] = x; return stack_overflow(x + 1) + room[0]; }
// signal 11
long longjmp_past_us(long x) { jmp_buf junk; memset(junk, 0x41, sizeof junk); longjmp(junk, 1); }
// signal 11 | returns 0 | signal 4 | signal 7
long forged_sigreturn(long x) { long frame[200]; memset(frame, 0x41, sizeof frame); return CALL(SYS_rt_sigreturn); }
// returns 0 | signal 11
long handler_that_returns(long x) { signal(SIGUSR1, SIG_IGN); return raise(SIGUSR1); }
// sandbox unnamed | returns 1 | sandbox getsid
long handled_sigsys(long x) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_IGN;
  sigaction(SIGSYS, &action, 0);
  return CALL(SYS_getsid, 0) < 0;
}
#ifdef __x86_64__
// signal 5 | x86_64
long breakpoint(long x) { __asm__ volatile("int3"); return 1; }
// signal 4 | x86_64
long undefined_instruction(long x) { __asm__ volatile("ud2"); return 1; }
// signal 11 | x86_64
long halt(long x) { __asm__ volatile("hlt"); return 1; }
// signal 11 | x86_64
long port(long x) { __asm__ volatile("outb %al, $0x80"); return 1; }
// signal 7 | x86_64
long misaligned(long x) {
  long r;
  __asm__ volatile("pushf; orl $0x40000, (%%rsp); popf; movq 1(%1), %0; pushf; andl $0xfffbffff, (%%rsp); popf"
                   : "=r"(r) : "r"(words) : "memory", "cc");
  return r;
}
// signal 11 | x86_64
long smashed_return_address(long x) { ((volatile long *)__builtin_frame_address(0))[1] = 0x4141414141414141; return 1; }
// returns 0 | signal 11 | x86_64
long lost_thread_pointer(long x) { __asm__ volatile("wrfsbase %0" ::"r"(0L)); return 0; }
// returns 5 | x86_64
long direction_flag(long x) { __asm__ volatile("std"); return 5; }
// returns 5 | signal 8 | x86_64
long float_traps(long x) { unsigned m = 0; __asm__ volatile("ldmxcsr %0" ::"m"(m)); return 5; }
#endif

/* -- resources --------------------------------------------------------------------------------------------------- */

// timeout
long endless_loop(long x) { for (;;) __asm__ volatile(""); }
// timeout
long endless_loop_without_signals(long x) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, 0);
  for (;;) __asm__ volatile("");
}
// timeout
long clock_spinning(long x) { struct timespec now; for (;;) clock_gettime(CLOCK_MONOTONIC, &now); }
// timeout
long sleeps(long x) { struct timespec long_time = {1000, 0}; for (;;) nanosleep(&long_time, 0); }
// timeout
long waits_for_nobody(long x) { int word = 0; for (;;) CALL(SYS_futex, &word, 0, 0, 0, 0, 0); }
// returns 0
long reads_what_nobody_gives(long x) { return read(0, bytes, 1); }
// returns 1
long malloc_a_terabyte(long x) { return malloc(1L << 40) == 0; }
// returns 1 | signal 11 | signal 9
long eats_memory(long x) {
  for (long i = 0; i < 64; i++) {
    char *piece = malloc(64L << 20);
    if (!piece) return 1;
    piece[0] = 1;
  }
  return 1;
}
// sandbox clone | sandbox clone3 | sandbox unnamed
long one_thread(long x) { pthread_t t; return pthread_create(&t, 0, (void *(*)(void *))endless_loop, 0); }
// returns 11 | threads 4
long thread_bomb(long x) {
  for (;;) {
    pthread_t t;
    int r = pthread_create(&t, 0, (void *(*)(void *))sleeps, 0);
    if (r) return r;
  }
}
// returns 0
long close_everything(long x) { for (int fd = 0; fd < 3; fd++) close(fd); return printf("still here\n") < 0; }
// sandbox close
long close_others(long x) { return CALL(SYS_close, 77); }
// sandbox dup | sandbox dup3
long duplicate_everything(long x) { for (;;) if (CALL(SYS_dup, 1) < 0) return errno; }
// sandbox fcntl
long own_the_pipe(long x) { return CALL(SYS_fcntl, 1, F_SETOWN, getppid()); }
// sandbox ftruncate
long truncate_the_pipe(long x) { return CALL(SYS_ftruncate, 1, 0); }
// sandbox write
long write_to_no_descriptor(long x) { return CALL(SYS_write, 77, bytes, 1); }
// sandbox mlockall
long lock_all_memory(long x) { return CALL(SYS_mlockall, 3); }
// timeout
long output_flood(long x) { for (;;) if (write(1, bytes, sizeof bytes) < 0) return errno; }
// returns 7
long speculates(long x) { for (int i = 0; i < 1000; i++) { __asm__ volatile("" ::: "memory"); } return 7; }

/* -- what lies around it ------------------------------------------------------------------------------------------- */

// signal 11 | signal 6 | signal 4 | signal 7 | timeout | protocol | exit 72 | returns 1
long scribble_over_the_heap(long x) { char *p = malloc(16); for (long i = 0; i < (8L << 20); i++) p[i] = 0x41; return 1; }
// signal 11 | signal 6 | signal 4 | signal 7 | timeout | protocol | exit 72
long scribble_over_the_stack(long x) { volatile char here[16]; for (long i = 0;; i++) here[i] = 0x41; }
// protocol | timeout | signal 11 | exit 72 | returns 1
long scribble_over_lanes(long lanes) { memset((void *)lanes, 0x41, 65536 * 4); return 1; }
