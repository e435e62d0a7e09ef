/* Makes a few calls in a row and says what came of each, a line a call: what the fault injectors are tried on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static char lines[1024]; /* not stdio's: it allocates */

static void say(const char *call, long result) {
    size_t length = strlen(lines);
    (void)snprintf(lines + length, sizeof lines - length, "%s %ld %d\n", call, result, result < 0 ? errno : 0);
}

static void say_memory(const char *call, const void *memory) {
    say(call, memory == NULL || memory == MAP_FAILED ? -1 : 0);
}

int main(void) {
    char bytes[8] = {0};
    int in = (int)syscall(SYS_openat, AT_FDCWD, "/dev/zero", O_RDONLY);
    say("openat", in < 0 ? -1 : 0);
    int null = open("/dev/null", O_WRONLY);
    say("openat", null < 0 ? -1 : 0);
    say("read", read(in, bytes, sizeof bytes));
    say("write", write(null, bytes, sizeof bytes));
    for (int i = 0; i < 2; i++) {
        say_memory("mmap", mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    }
    for (int i = 0; i < 3; i++) {
        void *volatile memory = malloc(16); /* volatile: one that is only freed may be left out */
        say_memory("malloc", memory);
        free(memory);
    }
    return write(STDOUT_FILENO, lines, strlen(lines)) < 0;
}
