#include "host/enclave.h"
#include "base/cursor.h"
#include "boundary/descriptors.h"
#include "boundary/doorbell.h"
#include "boundary/ending.h"
#include "daemon/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

bool avo_doorbell_host_open(int *host, int *enclave) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return false;
    }
    *host = pair[0];
    *enclave = pair[1];
    return fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0;
}

static bool launch_open(const struct avo_launch *launch, int *own, int *passed) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    int pair[2];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_launch_write(&writer, launch);
    if (writer.failed || pipe2(pair, O_CLOEXEC) != 0) {
        return false;
    }
    *passed = pair[0];
    *own = pair[1];
    return avo_write_all(pair[1], avo_writer_slice(&writer));
}

/* Opens all channels; what was opened is in `passed` even when one fails. */
static bool channels_open(struct avo_enclave *enclave, const struct avo_enclave_config *config, int passed[AVO_PASSED_MAX_COUNT]) {
    if (!launch_open(config->launch, &enclave->launch_fd, &passed[AVO_PASSED_LAUNCH]) ||
        !avo_doorbell_host_open(&enclave->control_fd, &passed[AVO_PASSED_CONTROL])) {
        return false;
    }
    for (uint32_t i = 0; i < config->launch->layout.worker_count; i++) {
        if (!avo_doorbell_host_open(&enclave->worker_fd[i], &passed[AVO_PASSED_WORKER + i])) {
            return false;
        }
    }
    passed[AVO_PASSED_REGION] = config->region->fd;
    return true;
}

static enum avo_error start(struct avo_enclave *enclave, const struct avo_enclave_config *config, const int *passed, char *why) {
    char turns[16];
    snprintf(turns, sizeof turns, "%u", config->spin_turns);
    const char *arguments[] = {config->file, "--spin-turns", turns};
    struct avo_tee_start request = {.place = config->simcpu_socket,
                                    .file = config->file,
                                    .arguments = arguments,
                                    .argument_count = AVO_COUNT(arguments),
                                    .log_fd = config->log_fd,
                                    .descriptors = passed,
                                    .descriptor_count = AVO_PASSED_WORKER + config->launch->layout.worker_count};
    struct avo_tee_started started;
    enum avo_error error = avo_outside_start(&request, &started, config->signals, why);
    if (error == AVO_OK) {
        enclave->connection = started.connection;
        enclave->process_id = started.process_id;
        memcpy(enclave->measurement, started.measurement, sizeof enclave->measurement);
    }
    return error;
}

/* The enclave's ends are closed here, or this side would never see them close there. */
enum avo_error avo_enclave_start(struct avo_enclave *enclave, const struct avo_enclave_config *config,
                                 char why[AVO_TEE_WHY_BYTES]) {
    int passed[AVO_PASSED_MAX_COUNT];
    memset(passed, 0xff, sizeof passed); /* -1: none */
    enum avo_error error = AVO_EIO;
    if (channels_open(enclave, config, passed)) {
        error = start(enclave, config, passed, why);
    } else {
        snprintf(why, AVO_TEE_WHY_BYTES, "cannot open the enclave's channels: %s; allow more descriptors (ulimit -n)",
                 strerror(errno));
    }
    for (size_t i = 0; i < AVO_PASSED_MAX_COUNT; i++) {
        if (passed[i] >= 0 && i != AVO_PASSED_REGION) {
            close(passed[i]);
        }
    }
    return error;
}

void avo_enclave_ending(int wait_status, char text[AVO_ENCLAVE_ENDING_BYTES]) {
    if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        snprintf(text, AVO_ENCLAVE_ENDING_BYTES, "killed by signal %d (%s)", number, strsignal(number));
    } else {
        int status = WEXITSTATUS(wait_status);
        snprintf(text, AVO_ENCLAVE_ENDING_BYTES, "exit status %d: %s", status, avo_ending_text(status));
    }
}

bool avo_enclave_is_refused(int wait_status) {
    return WIFEXITED(wait_status) && avo_ending_is_final(WEXITSTATUS(wait_status));
}

void avo_doorbell_host_ring(int fd) {
    const uint8_t ring[] = {AVO_DOORBELL_RING};
    (void)avo_send_whole(fd, AVO_SLICE_OF(ring)); /* one that is full has rings enough */
}

bool avo_doorbell_host_drain(int fd) {
    uint8_t rings[AVO_DOORBELL_RINGS_MAX];
    ssize_t got = recv(fd, rings, sizeof rings, MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}
