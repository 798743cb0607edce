/*
 * Counts the system calls that write below one directory, or send to one server, over all threads and children of a
 * process, and ends or fails the one that it was told to. Loaded with LD_PRELOAD by scripts/interruption/trial.ts.
 *
 *   INTERRUPT_UNDER    the directory
 *   INTERRUPT_PORT     of the server, on loopback; without it, nothing that is sent counts
 *   INTERRUPT_COUNTER  a file of eight bytes: the count so far
 *   INTERRUPT_AT       which of the calls, from 1 on; 0 for none
 *   INTERRUPT_HOW      kill: SIGKILL in its place. tear: SIGKILL after half of its bytes.
 *                      An errno: that one fails with it, and all that come after. once-ERRNO: that one alone.
 *                      What is sent fails for once alone, and then its connection is reset.
 *                      clock-SECONDS: from there on the time is another one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *under, *how;
static size_t under_length;
static long at, jump;
static int failing, is_once, port;
static _Atomic long *counter;

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
  const char *file = getenv("INTERRUPT_COUNTER"), *number = getenv("INTERRUPT_AT");
  under = getenv("INTERRUPT_UNDER");
  how = getenv("INTERRUPT_HOW");
  if (under == NULL || file == NULL || number == NULL || how == NULL) return;
  under_length = strlen(under);
  if (getenv("INTERRUPT_PORT") != NULL) port = atoi(getenv("INTERRUPT_PORT"));
  at = atol(number);
  is_once = strncmp(how, "once-", 5) == 0;
  if (strncmp(how, "clock-", 6) == 0) jump = atol(how + 6);
  else failing = atoi(is_once ? how + 5 : how);
  int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd == -1) return;
  void *mapped = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) counter = mapped;
  close(fd);
}

/* A relative path counts by where the process is. */
static int is_below(const char *path) {
  char directory[4096];
  if (counter == NULL || path == NULL) return 0;
  if (path[0] == '/') return strncmp(path, under, under_length) == 0;
  return getcwd(directory, sizeof directory) != NULL && strncmp(directory, under, under_length) == 0;
}

static int is_file_below(int fd) {
  char link[64], path[4096];
  if (counter == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  /* What is no file has a name without a slash before it. */
  return path[0] == '/' && is_below(path);
}

static int is_to_server(int fd) {
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  if (counter == NULL || port == 0 || getpeername(fd, (struct sockaddr *)&peer, &length) != 0) return 0;
  return peer.sin_family == AF_INET && ntohs(peer.sin_port) == port;
}

enum sort { WRITES, FREES, SENDS };

/* What becomes of a call that writes: 0 as ever, 1 it fails, with errno set, 2 it is torn. */
static int step(enum sort sort) {
  long mine = atomic_fetch_add(counter, 1) + 1;
  if (at == 0 || jump != 0 || mine < at) return 0;
  if (failing != 0) {
    /* A full disk lets itself be emptied. */
    if (sort == FREES && failing != EROFS && failing != EIO) return 0;
    if (is_once ? mine > at : sort == SENDS) return 0;
    errno = sort == SENDS ? ECONNRESET : failing;
    return 1;
  }
  if (mine > at) return 0;
  if (strcmp(how, "tear") == 0) return 2;
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define PATH_CALL(path, call) STEP_CALL(path, WRITES, call)
#define FREEING_CALL(path, call) STEP_CALL(path, FREES, call)
#define STEP_CALL(path, sort, call)                \
  if (is_below(path)) {                            \
    switch (step(sort)) {                          \
    case 1: return -1;                             \
    case 2: kill(getpid(), SIGKILL);               \
    }                                              \
  }                                                \
  return call

#define FD_CALL(fd, call)                          \
  if (is_file_below(fd)) {                         \
    switch (step(WRITES)) {                        \
    case 1: return -1;                             \
    case 2: kill(getpid(), SIGKILL);               \
    }                                              \
  }                                                \
  return call

int rename(const char *from, const char *to) { REAL(rename); PATH_CALL(to, real(from, to)); }
int link(const char *from, const char *to) { REAL(link); PATH_CALL(to, real(from, to)); }
int symlink(const char *from, const char *to) { REAL(symlink); PATH_CALL(to, real(from, to)); }
int unlink(const char *path) { REAL(unlink); FREEING_CALL(path, real(path)); }
int rmdir(const char *path) { REAL(rmdir); FREEING_CALL(path, real(path)); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); PATH_CALL(path, real(path, mode)); }
int chmod(const char *path, mode_t mode) { REAL(chmod); PATH_CALL(path, real(path, mode)); }
int fchmod(int fd, mode_t mode) { REAL(fchmod); FD_CALL(fd, real(fd, mode)); }
int fsync(int fd) { REAL(fsync); FD_CALL(fd, real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); FD_CALL(fd, real(fd)); }
int syncfs(int fd) { REAL(syncfs); FD_CALL(fd, real(fd)); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); FD_CALL(fd, real(fd, size)); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); FD_CALL(fd, real(fd, size)); }

#define WRITE_CALL(fd, half, call)                 \
  int sends = is_to_server(fd);                    \
  if (sends || is_file_below(fd)) {                \
    switch (step(sends ? SENDS : WRITES)) {        \
    case 1: return -1;                             \
    case 2: half; kill(getpid(), SIGKILL);         \
    }                                              \
  }                                                \
  return call

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  WRITE_CALL(fd, real(fd, bytes, count / 2), real(fd, bytes, count));
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  REAL(pwrite);
  WRITE_CALL(fd, real(fd, bytes, count / 2, offset), real(fd, bytes, count, offset));
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  WRITE_CALL(fd, real(fd, bytes, count / 2, offset), real(fd, bytes, count, offset));
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  WRITE_CALL(fd, real(fd, parts, count / 2), real(fd, parts, count));
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  REAL(pwritev);
  WRITE_CALL(fd, real(fd, parts, count / 2, offset), real(fd, parts, count, offset));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  REAL(pwritev64);
  WRITE_CALL(fd, real(fd, parts, count / 2, offset), real(fd, parts, count, offset));
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
  REAL(copy_file_range);
  WRITE_CALL(out, real(in, from, out, to, count / 2, flags), real(in, from, out, to, count, flags));
}

/* Opening writes where it makes a file, or empties one. */
#define OPEN_CALL(name, path, call)                \
  REAL(name);                                      \
  mode_t mode = 0;                                 \
  if (flags & (O_CREAT | O_TMPFILE)) {             \
    va_list rest;                                  \
    va_start(rest, flags);                         \
    mode = va_arg(rest, mode_t);                   \
    va_end(rest);                                  \
  }                                                \
  if ((flags & (O_CREAT | O_TRUNC)) == 0) return call; \
  PATH_CALL(path, call)

int open(const char *path, int flags, ...) { OPEN_CALL(open, path, real(path, flags, mode)); }
int open64(const char *path, int flags, ...) { OPEN_CALL(open64, path, real(path, flags, mode)); }

static long shift(void) {
  return jump != 0 && counter != NULL && atomic_load(counter) >= at ? jump : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += shift();
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  REAL(gettimeofday);
  int result = real(now, zone);
  if (result == 0) now->tv_sec += shift();
  return result;
}
