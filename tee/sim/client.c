#include "tee/sim/client.h"
#include "daemon/retry.h"
#include "daemon/socket.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define START_WAIT_MS 20000 /* a CPU that hangs must not hang us */

_Static_assert(AVO_COUNT(((struct avo_packet_descriptors *)0)->fd) == AVO_SIMCPU_DESCRIPTOR_MAX_COUNT, "one limit");

static enum avo_error request_send(int connection, const struct avo_simcpu_start *start, int file_fd, char *why) {
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    int descriptors[AVO_SIMCPU_DESCRIPTOR_MAX_COUNT];
    struct avo_writer writer = avo_writer(message, sizeof message);
    avo_simcpu_start_write(&writer, start->arguments, start->argument_count);
    if (writer.failed || start->descriptor_count > AVO_SIMCPU_DESCRIPTOR_MAX_COUNT - AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "too many arguments or descriptors for %s: give fewer", start->file);
        return AVO_EINVAL;
    }
    descriptors[AVO_SIMCPU_DESCRIPTOR_FILE] = file_fd;
    descriptors[AVO_SIMCPU_DESCRIPTOR_LOG] = start->log_fd;
    for (size_t i = 0; i < start->descriptor_count; i++) {
        descriptors[AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED + i] = start->descriptors[i];
    }
    size_t count = AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED + start->descriptor_count;
    if (!avo_socket_send(connection, avo_writer_slice(&writer), descriptors, count)) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "cannot ask the simulated CPU to start %s: %s", start->file, strerror(errno));
        return AVO_EIO;
    }
    return AVO_OK;
}

static enum avo_error answer_receive(int connection, struct avo_simcpu_answer *answer) {
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    ssize_t got = avo_socket_receive(connection, message, sizeof message, NULL);
    return got <= 0 ? AVO_EIO : avo_simcpu_answer_read(avo_slice(message, (size_t)got), answer);
}

static enum avo_error start_over(int connection, const struct avo_simcpu_start *start, int file_fd,
                                 struct avo_simcpu_started *started, char *why) {
    enum avo_error error = request_send(connection, start, file_fd, why);
    if (error != AVO_OK) {
        return error;
    }
    struct avo_simcpu_answer answer;
    struct pollfd answered = {.fd = connection, .events = POLLIN};
    error = avo_poll_for(&answered, 1, START_WAIT_MS) == 1 ? answer_receive(connection, &answer) : AVO_ETIMEOUT;
    if (error == AVO_OK && answer.kind == AVO_SIMCPU_STARTED) {
        started->connection = connection;
        started->process_id = answer.process_id;
        memcpy(started->measurement, answer.measurement, sizeof started->measurement);
        return AVO_OK;
    }
    if (error == AVO_OK && answer.kind == AVO_SIMCPU_REFUSED) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "%s", answer.why);
        return AVO_EDENIED;
    }
    snprintf(why, AVO_SIMCPU_WHY_BYTES, "the simulated CPU at %.160s gave no answer: see its log", start->socket_path);
    return AVO_EIO;
}

enum avo_error avo_simcpu_start(const struct avo_simcpu_start *start, struct avo_simcpu_started *started,
                                char why[AVO_SIMCPU_WHY_BYTES]) {
    int file_fd = open(start->file, O_RDONLY | O_CLOEXEC);
    if (file_fd < 0) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "cannot open the program %.160s: %s", start->file, strerror(errno));
        return AVO_EIO;
    }
    enum avo_error error = AVO_EBUSY;
    int connection = avo_socket_connect(start->socket_path);
    if (connection < 0) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "no simulated CPU at %.160s: %s; start avocado-simcpu first", start->socket_path,
                 strerror(errno));
    } else {
        error = start_over(connection, start, file_fd, started, why);
    }
    if (error != AVO_OK && connection >= 0) {
        close(connection);
    }
    close(file_fd);
    return error;
}

enum avo_error avo_simcpu_ended(int connection, int *wait_status) {
    struct avo_simcpu_answer answer;
    if (answer_receive(connection, &answer) != AVO_OK || answer.kind != AVO_SIMCPU_ENDED) {
        return AVO_EIO;
    }
    *wait_status = (int)answer.wait_status;
    return AVO_OK;
}
