/* Lets one allocation of a dynamically linked program fail: loaded into it by LD_PRELOAD (tests/e2e/starts.py).
 *
 * AVOCADO_ALLOCATE is "N PROGRAM REPORT": from the program's constructors on, the N-th call of malloc, calloc or realloc is refused
 * (0: none, only count) in processes of the program of that name. REPORT gets one line for each, up to the refused one. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_BYTES 64
#define PATH_BYTES 512

/* The real ones, under the names that glibc has for this. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

static unsigned long refuse_at;
static atomic_ulong count;
static int report = -1; /* open: this process counts */

__attribute__((constructor)) static void begin(void) {
    char program[NAME_BYTES], path[PATH_BYTES];
    const char *plan = getenv("AVOCADO_ALLOCATE");
    if (plan != NULL && sscanf(plan, "%lu %63s %511s", &refuse_at, program, path) == 3 &&
        strcmp(program, program_invocation_short_name) == 0) {
        report = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

/* True when this one is refused. `caller` is known by what is loaded there and how far in, for addr2line. */
static bool refused(const char *what, size_t bytes, const void *caller) {
    char line[PATH_BYTES];
    Dl_info info = {0};
    if (report < 0) {
        return false;
    }
    unsigned long number = atomic_fetch_add(&count, 1) + 1;
    if (refuse_at != 0 && number > refuse_at) {
        return false;
    }
    const char *file = dladdr(caller, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "?";
    const char *slash = strrchr(file, '/');
    ptrdiff_t offset = (const char *)caller - (const char *)info.dli_fbase;
    int length = snprintf(line, sizeof line, "%s(%zu) %.100s+0x%tx\n", what, bytes, slash != NULL ? slash + 1 : file, offset);
    int kept = errno;
    (void)!write(report, line, (size_t)length);
    errno = number == refuse_at ? ENOMEM : kept;
    return number == refuse_at;
}

void *malloc(size_t bytes) {
    return refused("malloc", bytes, __builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t members, size_t bytes) {
    return refused("calloc", members * bytes, __builtin_return_address(0)) ? NULL : __libc_calloc(members, bytes);
}

void *realloc(void *memory, size_t bytes) {
    return refused("realloc", bytes, __builtin_return_address(0)) ? NULL : __libc_realloc(memory, bytes);
}
