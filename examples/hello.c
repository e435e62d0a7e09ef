/* The shortest program: put, get, delete, each waiting for its answer.
 *
 *     cc hello.c $(pkg-config --cflags --libs avocado) -o hello
 *     ./hello .avocado/client.profile
 */
#include <avocado/avocado.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    struct avo_client *client;
    char why[AVO_DETAIL_BYTES];
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROFILE\n", argv[0]);
        return 2;
    }
    if (avo_open(argv[1], &client, why, sizeof why) != AVO_OK) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }

    static const char key[] = "greeting";
    static const char value[] = "hello from C";
    enum avo_error error = avo_put(client, key, strlen(key), value, strlen(value), 0); /* 0: the default timeout */

    char got[100];
    size_t length = 0;
    if (error == AVO_OK) {
        error = avo_get(client, key, strlen(key), got, sizeof got, &length, 0);
    }
    if (error == AVO_OK) {
        printf("%.*s\n", (int)length, got);
        error = avo_delete(client, key, strlen(key), 0);
    }

    /* One line says what failed, on what, and what to do next. */
    if (error != AVO_OK) {
        fprintf(stderr, "%s\n", avo_detail(client));
    }
    avo_close(client);
    return error == AVO_OK ? 0 : 2;
}
