/* By way of avocado-simcpu: one packet asks, its answers come back (tee/sim/message.h). */
#include "daemon/retry.h"
#include "daemon/socket.h"
#include "tee/outside/outside.h"
#include "tee/sim/message.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define START_WAIT_MS 20000 /* a CPU that hangs must not hang us */

_Static_assert(AVO_COUNT(((struct avo_packet_descriptors *)0)->fd) == AVO_SIMCPU_DESCRIPTOR_MAX_COUNT, "one limit");
_Static_assert(AVO_SIMCPU_WHY_BYTES == AVO_TEE_WHY_BYTES && AVO_MEASURE_BYTES == AVO_TEE_MEASURE_BYTES, "one size each");

static enum avo_error measure(struct avo_slice program, uint8_t measurement[AVO_TEE_MEASURE_BYTES]) {
    enum avo_error error = avo_measure_check(program);
    if (error == AVO_OK) {
        avo_measure_program(program, measurement);
    }
    return error;
}

static enum avo_error request_send(int connection, const struct avo_tee_start *asked, int file_fd, char *why) {
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    int descriptors[AVO_SIMCPU_DESCRIPTOR_MAX_COUNT];
    struct avo_writer writer = avo_writer(message, sizeof message);
    avo_simcpu_start_write(&writer, asked->arguments, asked->argument_count);
    if (writer.failed || asked->descriptor_count > AVO_SIMCPU_DESCRIPTOR_MAX_COUNT - AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED) {
        snprintf(why, AVO_TEE_WHY_BYTES, "too many arguments or descriptors for %s: give fewer", asked->file);
        return AVO_EINVAL;
    }
    descriptors[AVO_SIMCPU_DESCRIPTOR_FILE] = file_fd;
    descriptors[AVO_SIMCPU_DESCRIPTOR_LOG] = asked->log_fd;
    for (size_t i = 0; i < asked->descriptor_count; i++) {
        descriptors[AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED + i] = asked->descriptors[i];
    }
    size_t count = AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED + asked->descriptor_count;
    if (!avo_socket_send(connection, avo_writer_slice(&writer), descriptors, count)) {
        snprintf(why, AVO_TEE_WHY_BYTES, "cannot ask the simulated CPU to start %s: %s", asked->file, strerror(errno));
        return AVO_EIO;
    }
    return AVO_OK;
}

static enum avo_error answer_receive(int connection, struct avo_simcpu_answer *answer) {
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    ssize_t got = avo_socket_receive(connection, message, sizeof message, NULL);
    return got <= 0 ? AVO_EIO : avo_simcpu_answer_read(avo_slice(message, (size_t)got), answer);
}

static enum avo_error start_over(int connection, const struct avo_tee_start *asked, int file_fd, struct avo_tee_started *started,
                                 char *why) {
    enum avo_error error = request_send(connection, asked, file_fd, why);
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
        snprintf(why, AVO_TEE_WHY_BYTES, "%s", answer.why);
        return AVO_EDENIED;
    }
    snprintf(why, AVO_TEE_WHY_BYTES, "the simulated CPU at %.160s gave no answer: see its log", asked->place);
    return AVO_EIO;
}

static enum avo_error start(const struct avo_tee_start *asked, struct avo_tee_started *started, char why[AVO_TEE_WHY_BYTES]) {
    int file_fd = open(asked->file, O_RDONLY | O_CLOEXEC);
    if (file_fd < 0) {
        snprintf(why, AVO_TEE_WHY_BYTES, "cannot open the program %.160s: %s", asked->file, strerror(errno));
        return AVO_EIO;
    }
    enum avo_error error = AVO_EBUSY;
    int connection = avo_socket_connect(asked->place);
    if (connection < 0) {
        snprintf(why, AVO_TEE_WHY_BYTES, "no simulated CPU at %.160s: %s; start avocado-simcpu first", asked->place,
                 strerror(errno));
    } else {
        error = start_over(connection, asked, file_fd, started, why);
    }
    if (error != AVO_OK && connection >= 0) {
        close(connection);
    }
    close(file_fd);
    return error;
}

static enum avo_error ended(int connection, int *wait_status) {
    struct avo_simcpu_answer answer;
    if (answer_receive(connection, &answer) != AVO_OK || answer.kind != AVO_SIMCPU_ENDED) {
        return AVO_EIO;
    }
    *wait_status = (int)answer.wait_status;
    return AVO_OK;
}

const struct avo_tee_outside avo_tee_outside_sim = {
    .name = "the simulated CPU", .measure = measure, .start = start, .ended = ended};
