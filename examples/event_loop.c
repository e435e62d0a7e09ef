/* Avocado inside an event loop of one's own: epoll watches standard input and the cluster in one thread, and nothing ever waits
 * for anything else. Lines of standard input are commands; what comes back is printed as it comes, maybe in another order.
 *
 *     cc event_loop.c $(pkg-config --cflags --libs avocado) -o event_loop
 *     printf 'put a 1\nput b 2\n' | ./event_loop .avocado/client.profile
 *     printf 'get a\nget b\ndel a\n' | ./event_loop .avocado/client.profile
 *
 * The three steps are the same for libuv (uv_poll_t and uv_timer_t), libevent and the rest.
 */
#include <avocado/avocado.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct input {
    char bytes[4096];
    size_t length;
    int ended;
};

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(2);
}

static void command(struct avo_client *client, char *line) {
    char *rest;
    enum avo_error error = AVO_EINVAL;
    const char *verb = strtok_r(line, " ", &rest);
    const char *key = verb == NULL ? NULL : strtok_r(NULL, " ", &rest);
    if (key == NULL) {
        printf("commands are: put KEY VALUE, get KEY, del KEY\n");
        return;
    }
    if (strcmp(verb, "put") == 0) {
        error = avo_submit_put(client, key, strlen(key), rest, strlen(rest), 0, 0, NULL);
    } else if (strcmp(verb, "get") == 0) {
        error = avo_submit_get(client, key, strlen(key), 0, 0, NULL);
    } else if (strcmp(verb, "del") == 0) {
        error = avo_submit_delete(client, key, strlen(key), 0, 0, NULL);
    }
    if (error != AVO_OK) {
        printf("%s %s: %s\n", verb, key, avo_error_text(error));
    }
}

/* Reads what is there; hands over the lines that are whole. */
static void on_input(struct avo_client *client, struct input *input) {
    ssize_t count = read(STDIN_FILENO, input->bytes + input->length, sizeof input->bytes - 1 - input->length);
    if (count <= 0) {
        input->ended = 1;
        return;
    }
    input->length += (size_t)count;
    input->bytes[input->length] = '\0';
    char *line = input->bytes;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        command(client, line);
    }
    input->length -= (size_t)(line - input->bytes);
    if (input->length == sizeof input->bytes - 1) {
        fail("a line is too long");
    }
    memmove(input->bytes, line, input->length);
}

static void on_completion(struct avo_client *client, const struct avo_completion *done) {
    static const char *const names[] = {[AVO_CALL_GET] = "get", [AVO_CALL_PUT] = "put", [AVO_CALL_DELETE] = "del"};
    printf("%s %.*s: ", names[done->call], (int)done->key_bytes, (const char *)done->key);
    if (done->error != AVO_OK) {
        printf("%s\n", done->error == AVO_ENOTFOUND ? "absent" : avo_detail(client));
    } else if (done->call == AVO_CALL_GET) {
        printf("%.*s\n", (int)done->value_bytes, (const char *)done->value);
    } else {
        printf("done\n");
    }
}

static void watch(int epoll, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd}; /* level-triggered */
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll cannot watch it: let standard input be a pipe or a terminal");
    }
}

int main(int argc, char **argv) {
    struct avo_client *client;
    struct input input = {.length = 0};
    char why[AVO_DETAIL_BYTES];
    if (argc != 2) {
        fail("usage: event_loop PROFILE");
    }
    if (avo_open(argv[1], &client, why, sizeof why) != AVO_OK) {
        fail(why);
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, STDIN_FILENO);
    watch(epoll, avo_fd(client));
    while (!input.ended || avo_pending(client) > 0) {
        struct epoll_event event;
        avo_flush(client);                                             /* 1. send what was submitted */
        int ready = epoll_wait(epoll, &event, 1, avo_wake_ms(client)); /* 2. wait no longer than it allows */
        if (ready == 1 && event.data.fd == STDIN_FILENO) {
            on_input(client, &input);
            if (input.ended) {
                epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
            }
        }
        const struct avo_completion *done;
        while ((done = avo_next(client, 0)) != NULL) { /* 3. take what came, without waiting */
            on_completion(client, done);
        }
    }
    close(epoll);
    avo_close(client);
    return 0;
}
