#include "daemon/log.h"
#include "daemon/socket.h"
#include "tee/sim/server.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool answer_send(int fd, const struct avo_simcpu_answer *answer) {
    uint8_t message[AVO_SIMCPU_WHY_BYTES + AVO_MEASURE_BYTES];
    struct avo_writer writer = avo_writer(message, sizeof message);
    avo_simcpu_answer_write(&writer, answer);
    return avo_socket_send(fd, avo_writer_slice(&writer), NULL, 0);
}

static struct avo_server_child *child_free(struct avo_server *server) {
    for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
        if (server->children[i].child.process == 0) {
            return &server->children[i];
        }
    }
    return NULL;
}

static bool has_child(const struct avo_server *server, int connection) {
    for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
        if (server->children[i].child.process != 0 && server->children[i].connection == connection) {
            return true;
        }
    }
    return false;
}

static void child_note(struct avo_server_child *slot, const char *name) {
    char hex[AVO_MEASURE_HEX_BYTES];
    const char *slash = strrchr(name, '/');
    snprintf(slot->name, sizeof slot->name, "%s", slash != NULL ? slash + 1 : name);
    avo_measure_hex(slot->child.measurement, hex);
    avo_log_info("started %s, process %d, measurement %s", slot->name, (int)slot->child.process, hex);
}

/* Loads, measures, starts. AVO_OK or the refusal's text in `why`. */
static enum avo_error start(struct avo_server *server, int connection, const struct avo_simcpu_arguments *arguments,
                            const struct avo_packet_descriptors *descriptors, struct avo_server_child **started, char *why) {
    struct avo_server_child *slot = child_free(server);
    if (slot == NULL || has_child(server, connection)) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "the simulated CPU starts one program a connection and %d in all: end one first",
                 AVO_SERVER_CHILD_MAX_COUNT);
        return AVO_EBUSY;
    }
    struct avo_image image;
    enum avo_error error = avo_image_load(descriptors->fd[AVO_SIMCPU_DESCRIPTOR_FILE], arguments->text[0], &image, why);
    if (error != AVO_OK) {
        return error;
    }
    struct avo_child child;
    error = avo_child_start(&image, arguments, descriptors->fd, descriptors->count, &child, why);
    close(image.fd);
    if (error == AVO_OK) {
        (void)fcntl(child.instruction_fd, F_SETFL, O_NONBLOCK); /* a program that does not read its answers stops only itself */
        slot->child = child;
        slot->connection = connection;
        child_note(slot, arguments->text[0]);
        *started = slot;
    }
    return error;
}

static bool answer_start(struct avo_server *server, int index, uint8_t *message, size_t length,
                         const struct avo_packet_descriptors *descriptors) {
    struct avo_simcpu_arguments arguments;
    struct avo_simcpu_answer answer = {.kind = AVO_SIMCPU_REFUSED};
    struct avo_server_child *slot = NULL;
    enum avo_error error = avo_simcpu_start_read(message, length, &arguments);
    if (error != AVO_OK || descriptors->count < AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED) {
        snprintf(answer.why, sizeof answer.why, "the request does not parse: use the same version of both programs");
        error = AVO_EFORMAT;
    } else {
        error = start(server, index, &arguments, descriptors, &slot, answer.why);
    }
    if (error == AVO_OK) {
        answer = (struct avo_simcpu_answer){.kind = AVO_SIMCPU_STARTED, .process_id = (uint32_t)slot->child.process};
        memcpy(answer.measurement, slot->child.measurement, sizeof answer.measurement);
    } else {
        avo_log_seldom(AVO_LOG_WARN, "a start was refused", "refused: %s", answer.why);
    }
    return answer_send(server->connections[index].fd, &answer) && error != AVO_EFORMAT;
}

bool avo_server_handle(struct avo_server *server, int index) {
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    struct avo_packet_descriptors descriptors;
    ssize_t got = avo_socket_receive(server->connections[index].fd, message, sizeof message, &descriptors);
    if (got <= 0) {
        if (got == 0) {
            avo_descriptors_close(&descriptors);
        }
        return got < 0 && errno == EAGAIN;
    }
    bool goes_on = answer_start(server, index, message, (size_t)got, &descriptors);
    avo_descriptors_close(&descriptors);
    return goes_on;
}

static void end_note(const struct avo_server_child *slot, int status) {
    if (WIFSIGNALED(status)) {
        avo_log_warn("%s, process %d, ended by signal %d", slot->name, (int)slot->child.process, WTERMSIG(status));
    } else {
        avo_log_info("%s, process %d, ended with status %d", slot->name, (int)slot->child.process, WEXITSTATUS(status));
    }
}

static void child_ended(struct avo_server *server, struct avo_server_child *slot, int status) {
    end_note(slot, status);
    if (slot->connection >= 0) {
        struct avo_simcpu_answer answer = {.kind = AVO_SIMCPU_ENDED, .wait_status = (uint32_t)status};
        struct avo_server_connection *connection = &server->connections[slot->connection];
        (void)answer_send(connection->fd, &answer); /* a starter that is gone need not hear it */
        close(connection->fd);
        connection->fd = -1;
    }
    close(slot->child.instruction_fd);
    slot->child.process = 0;
}

size_t avo_server_reap(struct avo_server *server) {
    int status;
    for (pid_t process; (process = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
            if (server->children[i].child.process == process) {
                child_ended(server, &server->children[i], status);
            }
        }
    }
    size_t left = 0;
    for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
        left += server->children[i].child.process != 0;
    }
    return left;
}
