/* What a program sees when a replica dies under it. It writes a counter ten times a second; kill a replica meanwhile:
 *
 *     cc at_least_once.c $(pkg-config --cflags --libs avocado) -o at_least_once
 *     ./at_least_once .avocado/client.profile 5 &              5 seconds; a third argument 1 asks for at-least-once
 *     kill -9 $(cat .avocado/node-0/enclave.pid)
 *
 * A get is asked of another replica by itself. A write that was under way at the replica that died has an unknown outcome: to
 * repeat it could let others see it twice (they may have overwritten it in between), so the library says AVO_EUNKNOWN and leaves
 * it to the program. Here a repeated write does no harm, nobody else writes the key: with AVO_AT_LEAST_ONCE the library repeats it.
 */
#include <avocado/avocado.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char key[] = "counter";

/* Submits one put and waits for its completion. */
static enum avo_error write_counter(struct avo_client *client, int number, unsigned int flags) {
    char value[16];
    int length = snprintf(value, sizeof value, "%d", number);
    enum avo_error error = avo_submit_put(client, key, strlen(key), value, (size_t)length, 2000, flags, NULL);
    if (error != AVO_OK) {
        return error;
    }
    const struct avo_completion *done;
    while ((done = avo_next(client, 1000)) == NULL) { /* it ends within its 2 seconds, whatever happens */
    }
    return done->error;
}

/* What to do about an unknown outcome, when nobody else writes the key: look. */
static void look(struct avo_client *client, int number) {
    char value[16] = "";
    size_t length; /* with AVO_ESPACE that of the value, of which nothing was copied */
    enum avo_error error = avo_get(client, key, strlen(key), value, sizeof value - 1, &length, 2000);
    if (error == AVO_OK) {
        value[length] = '\0';
    }
    printf("%d: a get says %s: it has %staken effect\n", number, error == AVO_OK ? value : avo_error_text(error),
           error == AVO_OK && strtol(value, NULL, 10) == number ? "" : "not (yet) ");
}

int main(int argc, char **argv) {
    struct avo_client *client;
    char why[AVO_DETAIL_BYTES];
    if (argc < 3) {
        fprintf(stderr, "usage: %s PROFILE SECONDS [1: at least once]\n", argv[0]);
        return 2;
    }
    if (avo_open(argv[1], &client, why, sizeof why) != AVO_OK) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }
    unsigned int flags = argc > 3 && argv[3][0] == '1' ? AVO_AT_LEAST_ONCE : 0;
    long seconds = strtol(argv[2], NULL, 10);
    int count[AVO_ERROR_COUNT] = {0};
    for (int number = 1; number <= 10 * seconds; number++) {
        enum avo_error error = write_counter(client, number, flags);
        count[error]++;
        if (error != AVO_OK) {
            printf("%d: %s\n", number, avo_detail(client));
        }
        if (error == AVO_EUNKNOWN) {
            look(client, number);
        }
        struct timespec pause = {.tv_nsec = 100000000};
        nanosleep(&pause, NULL);
    }
    for (int error = 0; error < AVO_ERROR_COUNT; error++) {
        if (count[error] > 0) {
            printf("%d writes: %s\n", count[error], avo_error_name((enum avo_error)error));
        }
    }
    avo_close(client);
    return 0;
}
