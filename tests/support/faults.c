/* Stands between a run and its file system: counts the acts below one folder, and at one of them kills the process or
   refuses. It is loaded before the C library (LD_PRELOAD) and told what to do by the environment:

   FAULT_UNDER   only acts on paths that hold this text count
   FAULT_AT      the number of the act at which something happens, from 1 on
   FAULT_DO      "kill", or the number of an error that the act fails with
   FAULT_REFUSE  "CALL:ERROR": this call always fails with that error
   FAULT_LOG     a file that takes a line for each act
   FAULT_THREADS as many threads can be begun, and no more */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int acts;

/* The whole path of what is named relative to an open folder. */
static void whole(char *to, size_t size, int folder, const char *path) {
    char link[64], base[2048];
    if (path && path[0] == '/') {
        snprintf(to, size, "%s", path);
        return;
    }
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t n = readlink(link, base, sizeof base - 1);
    base[n < 0 ? 0 : n] = 0;
    snprintf(to, size, path ? "%s/%s" : "%s", base, path);
}

/* Counts an act; answers the error that it fails with, or 0. */
static int fault(const char *call, int folder, const char *path) {
    const char *under = getenv("FAULT_UNDER"), *at = getenv("FAULT_AT"), *what = getenv("FAULT_DO");
    const char *refuse = getenv("FAULT_REFUSE"), *log = getenv("FAULT_LOG");
    char full[4096], line[4400];
    whole(full, sizeof full, folder, path);
    if (!under || !strstr(full, under)) return 0;
    int n = atomic_fetch_add(&acts, 1) + 1;
    if (at && what && n == atoi(at)) {
        if (!strcmp(what, "kill")) {
            syscall(SYS_kill, getpid(), SIGKILL);
            for (;;) pause();
        }
        return atoi(what);
    }
    if (refuse && !strncmp(refuse, call, strlen(call)) && refuse[strlen(call)] == ':') {
        return atoi(refuse + strlen(call) + 1);
    }
    if (log) {
        int to = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
        int length = snprintf(line, sizeof line, "%s %s\n", call, full);
        if (to >= 0 && write(to, line, length) == length) close(to);
    }
    return 0;
}

static atomic_int living;

struct start {
    void *(*run)(void *);
    void *with;
};

static void *counted(void *given) {
    struct start start = *(struct start *)given;
    free(given);
    void *result = start.run(start.with);
    atomic_fetch_sub(&living, 1);
    return result;
}

/* So many threads may live at a time, beside the first. */
int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *with) {
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    const char *most = getenv("FAULT_THREADS");
    if (!most) return create(thread, how, run, with);
    if (atomic_fetch_add(&living, 1) >= atoi(most)) {
        atomic_fetch_sub(&living, 1);
        return EAGAIN;
    }
    struct start *start = malloc(sizeof *start);
    *start = (struct start){run, with};
    return create(thread, how, counted, start);
}

#define ACT(call, folder, path)                         \
    do {                                                \
        int error = fault(call, folder, path);          \
        if (error) {                                    \
            errno = error;                              \
            return -1;                                  \
        }                                               \
    } while (0)

#define NEXT(name, ...) ((int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

/* The names of a renaming are logged by where it leads. */
int rename(const char *from, const char *to) {
    ACT("rename", AT_FDCWD, to);
    return NEXT("rename", const char *, const char *)(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
    ACT("rename", b, to);
    return NEXT("renameat", int, const char *, int, const char *)(a, from, b, to);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    ACT("renameat2", b, to);
    return syscall(SYS_renameat2, a, from, b, to, flags);
}
int unlink(const char *path) {
    ACT("unlink", AT_FDCWD, path);
    return NEXT("unlink", const char *)(path);
}
int unlinkat(int folder, const char *path, int flags) {
    ACT("unlink", folder, path);
    return NEXT("unlinkat", int, const char *, int)(folder, path, flags);
}
int rmdir(const char *path) {
    ACT("rmdir", AT_FDCWD, path);
    return NEXT("rmdir", const char *)(path);
}
int mkdir(const char *path, mode_t mode) {
    ACT("mkdir", AT_FDCWD, path);
    return NEXT("mkdir", const char *, mode_t)(path, mode);
}
int fsync(int file) {
    ACT("fsync", file, NULL);
    return NEXT("fsync", int)(file);
}
int fdatasync(int file) {
    ACT("fsync", file, NULL);
    return NEXT("fdatasync", int)(file);
}
int syncfs(int file) {
    ACT("syncfs", file, NULL);
    return NEXT("syncfs", int)(file);
}
int flock(int file, int operation) {
    ACT("flock", file, NULL);
    return NEXT("flock", int, int)(file, operation);
}
