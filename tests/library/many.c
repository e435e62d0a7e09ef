/* Many clients in one thread, more than a replica keeps sessions for one user: each writes and reads in turn, so that its session
 * was evicted in between; then as many come and go. Nothing fails, and nothing is left behind.
 *
 * usage: many PROFILE COUNT
 */
#include <avocado/avocado.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define ROUNDS 2

static void fail(const char *what, unsigned long which, const char *why) {
    fprintf(stderr, "many: client %lu: %s: %s\n", which, what, why);
    exit(1);
}

static struct avo_client *open_one(const char *profile, unsigned long which) {
    struct avo_client *client;
    char why[AVO_DETAIL_BYTES];
    if (avo_open(profile, &client, why, sizeof why) != AVO_OK) {
        fail("open", which, why);
    }
    return client;
}

static void use(struct avo_client *client, unsigned long which, int round) {
    char key[32];
    char value[32];
    char got[32];
    size_t length;
    size_t key_bytes = (size_t)snprintf(key, sizeof key, "many-%lu", which);
    size_t value_bytes = (size_t)snprintf(value, sizeof value, "round %d", round);
    if (avo_put(client, key, key_bytes, value, value_bytes, 0) != AVO_OK) {
        fail("put", which, avo_detail(client));
    }
    if (avo_get(client, key, key_bytes, got, sizeof got, &length, 0) != AVO_OK) {
        fail("get", which, avo_detail(client));
    }
    if (length != value_bytes || memcmp(got, value, length) != 0) {
        fail("get", which, "another value than was written");
    }
}

static unsigned descriptors(void) {
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv) {
    unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    struct avo_client **clients = calloc(count, sizeof(void *));
    unsigned before = descriptors();
    struct rlimit limit;
    if (count == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fprintf(stderr, "usage: many PROFILE COUNT\n");
        return 2;
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned long i = 0; i < count; i++) {
        clients[i] = open_one(argv[1], i);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned long i = 0; i < count; i++) {
            use(clients[i], i, round);
        }
    }
    for (unsigned long i = 0; i < count; i++) {
        avo_close(clients[i]);
    }
    for (unsigned long i = 0; i < count; i++) {
        struct avo_client *client = open_one(argv[1], i);
        use(client, i, ROUNDS);
        avo_close(client);
    }
    free(clients);
    if (descriptors() != before) {
        fail("close", 0, "descriptors are left");
    }
    printf("%lu clients at once, %lu in turn: nothing failed\n", count, count);
    return 0;
}
