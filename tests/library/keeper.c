/* A program that keeps a client open, for a test that looks at its memory: keeper PROFILE. It writes and reads a key, forks a
 * child, says "ready CHILD", and at each line of standard input does one thing: "get" reads the key again, "abort" dumps core. */
#include <avocado/avocado.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(struct avo_client *client, enum avo_error error) {
    if (error != AVO_OK) {
        (void)fprintf(stderr, "%s %s\n", avo_error_name(error), avo_detail(client));
        exit(2);
    }
}

static void get(struct avo_client *client) {
    char value[8];
    size_t length;
    need(client, avo_get(client, "keeper", 6, value, sizeof value, &length, 0));
}

int main(int argc, char **argv) {
    struct avo_client *client;
    char why[AVO_DETAIL_BYTES], line[16];
    if (argc != 2 || avo_open(argv[1], &client, why, sizeof why) != AVO_OK) {
        (void)fprintf(stderr, "%s\n", argc == 2 ? why : "usage: keeper PROFILE");
        return 2;
    }
    need(client, avo_put(client, "keeper", 6, "value", 5, 0));
    get(client);
    pid_t child = fork();
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    printf("ready %d\n", (int)child);
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "abort\n") == 0) {
            abort();
        }
        get(client);
        printf("done\n");
        (void)fflush(stdout);
    }
    avo_close(client);
    (void)waitpid(child, NULL, 0);
    return 0;
}
