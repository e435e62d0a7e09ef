/* The simulated CPU in a process of its own, asked to start the stand-in: by its measurement it is known, and nobody else gets its
 * keys. */
#include "attest/verify/local_report.h"
#include "attest/verify/parse.h"
#include "daemon/file.h"
#include "daemon/socket.h"
#include "tee/outside/outside.h"
#include "tee/sim/execute.h"
#include "tee/sim/server.h"
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char dir[512]; /* long: no socket address holds its path */
static char socket_path[600];
static pid_t cpu;

static _Noreturn void cpu_run(void) {
    char why[AVO_TEE_WHY_BYTES];
    struct avo_server *server = calloc(1, sizeof *server);
    struct avo_platform *platform = avo_platform_open(dir, NULL, why);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    avo_server_init(server, platform, avo_socket_listen(socket_path), signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    avo_server_run(server);
    avo_platform_close(platform);
    free(server);
    _exit(0);
}

static int cpu_start(void **state) {
    (void)state;
    char base[] = "/tmp/simcpu-test-XXXXXX";
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    snprintf(dir, sizeof dir, "%s/%0200d", base, 7);
    snprintf(socket_path, sizeof socket_path, "%s/simcpu.sock", dir);
    if (mkdir(dir, 0700) != 0) {
        return -1;
    }
    cpu = fork();
    if (cpu == 0) {
        cpu_run();
    }
    for (int i = 0; i < 500; i++) {
        int fd = avo_socket_connect(socket_path);
        if (fd >= 0) {
            close(fd);
            return 0;
        }
        usleep(10000);
    }
    return -1;
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int cpu_end(void **state) {
    (void)state;
    int status;
    kill(cpu, SIGTERM);
    waitpid(cpu, &status, 0);
    dir[strlen(dir) - 201] = 0; /* what mkdtemp made */
    return status == 0 && nftw(dir, entry_remove, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

struct run {
    struct avo_tee_started started;
    int out_fd;
    uint8_t key[AVO_INSTRUCTION_SEAL_KEY_BYTES];
    uint8_t quote[AVO_INSTRUCTION_QUOTE_MAX_BYTES];
    size_t quote_length;
};

static enum avo_error start(const char *file, struct run *run, char *why) {
    int pair[2];
    const char *arguments[] = {file, "hello"};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    struct avo_tee_start request = {.place = socket_path,
                                    .file = file,
                                    .arguments = arguments,
                                    .argument_count = 2,
                                    .log_fd = STDERR_FILENO,
                                    .descriptors = &pair[1],
                                    .descriptor_count = 1};
    enum avo_error error = avo_tee_outside()->start(&request, &run->started, why);
    close(pair[1]);
    run->out_fd = pair[0];
    if (error != AVO_OK) {
        close(pair[0]);
    }
    return error;
}

static void read_out(struct run *run) {
    assert_int_equal(read(run->out_fd, run->key, sizeof run->key), sizeof run->key);
    ssize_t got = read(run->out_fd, run->quote, sizeof run->quote);
    assert_true(got > 0);
    run->quote_length = (size_t)got;
}

static void end(struct run *run, int expected) {
    int status;
    close(run->out_fd);
    assert_int_equal(avo_tee_outside()->ended(run->started.connection, &status), AVO_OK);
    assert_int_equal(status, expected);
    close(run->started.connection);
}

static void file_measure(const char *file, uint8_t *measurement) {
    static uint8_t bytes[16 << 20];
    int fd = open(file, O_RDONLY);
    ssize_t got = read(fd, bytes, sizeof bytes);
    assert_true(got > 0 && (size_t)got < sizeof bytes);
    close(fd);
    avo_measure_program(avo_slice(bytes, (size_t)got), measurement);
}

static void a_program_is_known_by_its_measurement(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    uint8_t measurement[AVO_MEASURE_BYTES];
    struct run *run = calloc(1, sizeof *run);
    struct avo_evidence evidence;
    struct avo_reason reason;
    file_measure(STAND_IN_STATIC, measurement);
    assert_int_equal(start(STAND_IN_STATIC, run, why), AVO_OK);
    assert_memory_equal(run->started.measurement, measurement, sizeof measurement);
    read_out(run);
    assert_int_equal(avo_evidence_parse(avo_slice(run->quote, run->quote_length), &evidence, &reason), AVO_OK);
    assert_int_equal(evidence.quote.version, 3);
    assert_memory_equal(evidence.quote.sgx.mr_enclave, measurement, sizeof measurement);
    assert_memory_equal(evidence.quote.sgx.report_data, "hello\0\0", 7);
    assert_int_equal(evidence.quote.sgx.flags, AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64);
    end(run, 42 << 8);
    free(run);
}

static void the_sealing_key_is_the_measurements_own(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    struct run *runs = calloc(3, sizeof *runs);
    const char *files[] = {STAND_IN_STATIC, STAND_IN_STATIC, STAND_IN_OTHER};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(start(files[i], &runs[i], why), AVO_OK);
        read_out(&runs[i]);
    }
    assert_memory_equal(runs[0].key, runs[1].key, sizeof runs[0].key);
    assert_memory_not_equal(runs[0].key, runs[2].key, sizeof runs[0].key);
    for (int i = 0; i < 3; i++) {
        end(&runs[i], 42 << 8);
    }
    free(runs);
}

static void what_is_linked_dynamically_is_refused(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    struct run *run = calloc(1, sizeof *run);
    assert_int_equal(start(STAND_IN_DYNAMIC, run, why), AVO_EDENIED);
    assert_non_null(strstr(why, "linked dynamically"));
    assert_int_equal(start(dir, run, why), AVO_EDENIED);
    assert_int_equal(start("/nowhere/at/all", run, why), AVO_EIO);
    assert_non_null(strstr(why, "/nowhere/at/all"));
    free(run);
}

static void a_killed_program_is_reported(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    struct run *run = calloc(1, sizeof *run);
    assert_int_equal(start(STAND_IN_STATIC, run, why), AVO_OK);
    read_out(run);
    kill((pid_t)run->started.process_id, SIGKILL);
    end(run, SIGKILL);
    free(run);
}

static void garbage_ends_the_connection_and_nothing_else(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    struct run *run = calloc(1, sizeof *run);
    uint8_t answer[1024];
    int fd = avo_socket_connect(socket_path);
    assert_true(avo_socket_send(fd, avo_slice_string("garbage"), &fd, 1));
    assert_true(avo_socket_receive(fd, answer, sizeof answer, NULL) > 0); /* a refusal */
    assert_int_equal(avo_socket_receive(fd, answer, sizeof answer, NULL), 0);
    close(fd);
    assert_int_equal(start(STAND_IN_STATIC, run, why), AVO_OK);
    read_out(run);
    end(run, 42 << 8);
    free(run);
}

static void a_forged_report_gets_no_quote(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    static uint8_t memory[AVO_INSTRUCTION_QUOTE_MAX_BYTES];
    struct avo_buffer quote = {memory, 0, sizeof memory};
    uint8_t measurement[AVO_MEASURE_BYTES] = {1};
    uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES] = {2};
    static const uint8_t quoting_enclave[AVO_INSTRUCTION_TARGET_BYTES];
    uint8_t report[AVO_INSTRUCTION_REPORT_BYTES];
    struct avo_platform *platform = avo_platform_open(dir, NULL, why);
    assert_non_null(platform);
    assert_int_equal(avo_platform_report(platform, measurement, quoting_enclave, report_data, report), AVO_OK);
    assert_int_equal(avo_platform_quote(platform, report, &quote), AVO_OK);
    for (size_t at = 0; at < sizeof report; at++) {
        report[at] ^= 1;
        quote.length = 0;
        assert_int_equal(avo_platform_quote(platform, report, &quote), AVO_EAUTH);
        report[at] ^= 1;
    }
    assert_int_equal(avo_platform_report(platform, measurement, measurement, report_data, report), AVO_OK);
    assert_int_equal(avo_platform_quote(platform, report, &quote), AVO_EAUTH); /* for another than the quoting enclave */
    avo_platform_close(platform);
}

/* What the programs ask the CPU for: a report for another program, which only that one can check. */
static void a_local_report_is_checked_by_its_target(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    const uint8_t enclave[AVO_MEASURE_BYTES] = {1}, las[AVO_MEASURE_BYTES] = {2};
    uint8_t request[1 + AVO_INSTRUCTION_TARGET_BYTES + AVO_INSTRUCTION_REPORT_DATA_BYTES] = {AVO_INSTRUCTION_REPORT, 2};
    uint8_t key_request[1 + AVO_INSTRUCTION_KEY_ID_BYTES] = {AVO_INSTRUCTION_REPORT_KEY};
    static uint8_t memory[AVO_INSTRUCTION_ANSWER_MAX_BYTES], key_memory[AVO_INSTRUCTION_ANSWER_MAX_BYTES];
    struct avo_buffer answer = {memory, 0, sizeof memory}, key = {key_memory, 0, sizeof key_memory};
    struct avo_local_report report;
    struct avo_platform *platform = avo_platform_open(dir, NULL, why);
    assert_non_null(platform);
    avo_instruction_execute(platform, enclave, AVO_SLICE_OF(request), &answer);
    assert_int_equal(memory[0], AVO_OK);
    assert_int_equal(avo_local_report_parse(avo_slice(memory + 1, answer.length - 1), &report), AVO_OK);
    assert_int_equal(report.body.data[64], 1); /* MRENCLAVE is the asking program's, whatever it says */
    memcpy(key_request + 1, report.key_id, sizeof report.key_id);
    avo_instruction_execute(platform, las, AVO_SLICE_OF(key_request), &key);
    assert_int_equal(key.length, 1 + AVO_INSTRUCTION_REPORT_KEY_BYTES);
    assert_int_equal(avo_local_report_check(&report, key_memory + 1), AVO_OK);
    avo_instruction_execute(platform, enclave, AVO_SLICE_OF(key_request), &key);
    assert_int_equal(avo_local_report_check(&report, key_memory + 1), AVO_EAUTH); /* it cannot make reports for others itself */
    avo_platform_close(platform);
}

/* Two machines, one vendor: the same root, another CPU, and collateral that is good for both. */
static void platforms_of_one_root_have_ids_of_their_own(void **state) {
    (void)state;
    char why[AVO_TEE_WHY_BYTES];
    char second[560];
    uint8_t chips[2][64];
    struct avo_buffer ids[2] = {{chips[0], 0, sizeof chips[0]}, {chips[1], 0, sizeof chips[1]}};
    uint8_t roots[2][4096];
    struct avo_buffer pems[2] = {{roots[0], 0, sizeof roots[0]}, {roots[1], 0, sizeof roots[1]}};
    snprintf(second, sizeof second, "%s/second", dir);
    assert_int_equal(mkdir(second, 0700), 0);
    struct avo_platform *one = avo_platform_open(dir, NULL, why);
    struct avo_platform *two = avo_platform_open(second, dir, why);
    assert_non_null(one);
    assert_non_null(two);
    assert_int_equal(avo_file_read_in(dir, "chip.id", &ids[0]), AVO_OK);
    assert_int_equal(avo_file_read_in(second, "chip.id", &ids[1]), AVO_OK);
    assert_int_equal(ids[0].length, ids[1].length);
    assert_memory_not_equal(chips[0], chips[1], ids[0].length);
    assert_int_equal(avo_file_read_in(dir, "root.pem", &pems[0]), AVO_OK);
    assert_int_equal(avo_file_read_in(second, "root.pem", &pems[1]), AVO_OK);
    assert_true(avo_slice_equal(avo_buffer_slice(&pems[0]), avo_buffer_slice(&pems[1])));
    avo_platform_close(two);
    assert_null(avo_platform_open(second, dir, why)); /* it is somebody's already */
    assert_non_null(strstr(why, "already"));
    snprintf(second, sizeof second, "%s/third", dir);
    assert_int_equal(mkdir(second, 0700), 0);
    assert_null(avo_platform_open(second, second, why));
    assert_non_null(strstr(why, "no simulated platform"));
    avo_platform_close(one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_known_by_its_measurement),
        cmocka_unit_test(the_sealing_key_is_the_measurements_own),
        cmocka_unit_test(what_is_linked_dynamically_is_refused),
        cmocka_unit_test(a_killed_program_is_reported),
        cmocka_unit_test(garbage_ends_the_connection_and_nothing_else),
        cmocka_unit_test(a_forged_report_gets_no_quote),
        cmocka_unit_test(a_local_report_is_checked_by_its_target),
        cmocka_unit_test(platforms_of_one_root_have_ids_of_their_own),
    };
    return cmocka_run_group_tests(tests, cpu_start, cpu_end);
}
