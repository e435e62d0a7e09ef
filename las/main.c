/* avocado-las: the local attestation service as a measured program. */
#include "attest/memory.h"
#include "attest/plug/plug.h"
#include "base/secret.h"
#include "base/tee.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "las/options.h"
#include "las/server.h"
#include "protocol/control/local.h"
#include "simcpu/outside.h"
#include "simcpu/socket.h"
#include "trusted/enclave/drbg.h"
#include "trusted/process/instruction.h"
#include "trusted/process/memory.h"
#include "trusted/process/sandbox.h"
#include "trusted/process/seed.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_BYTES (4ULL << 20)
#define MEASUREMENT_OFFSET 64 /* of MRENCLAVE in a report */

/* Everything a running LAS holds outside its core. */
struct service {
    struct avo_las_options options;
    struct avo_memory memory;
    struct avo_drbg random;
    struct avo_las *las;
};

static void make_evidence(void *context, const uint8_t *report_data, struct avo_buffer *quote) {
    (void)context;
    if (avo_simcpu_evidence(AVO_INSTRUCTION_FD, report_data, quote) != AVO_OK) {
        quote->length = 0;
    }
}

static void make_report_key(void *context, const uint8_t *key_id, struct avo_buffer *key) {
    (void)context;
    key->length = avo_simcpu_report_key(AVO_INSTRUCTION_FD, key_id, key->data) == AVO_OK ? AVO_INSTRUCTION_REPORT_KEY_BYTES : 0;
}

/* Its own measurement, as the CPU says it, for which enclaves are to make their reports. */
static bool own_measurement(uint8_t measurement[AVO_LOCAL_TARGET_BYTES]) {
    static const uint8_t target[AVO_INSTRUCTION_TARGET_BYTES], report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES];
    uint8_t report[AVO_INSTRUCTION_REPORT_BYTES];
    if (avo_simcpu_report(AVO_INSTRUCTION_FD, target, report_data, report) != AVO_OK) {
        return false;
    }
    memcpy(measurement, report + MEASUREMENT_OFFSET, AVO_LOCAL_TARGET_BYTES);
    return true;
}

/* Keys, memory, cryptography. */
static int prepare(struct service *service) {
    uint8_t seed[AVO_SEED_BYTES];
    if (avo_sandbox_harden() != AVO_OK) {
        return avo_service_refuse_errno("kernel", "refused to make this process undumpable",
                                        "use a kernel and limits that allow it");
    }
    if (avo_seed_draw(seed) != AVO_OK) {
        return avo_service_refuse("randomness", "from kernel and CPU", "there is none: use another machine");
    }
    avo_drbg_seed(&service->random, seed);
    avo_secret_wipe(seed, sizeof seed);
    if (avo_memory_map(&service->memory, MEMORY_BYTES) != AVO_OK) {
        return avo_service_refuse("memory", "of 4 MiB", "the kernel gives none: free some");
    }
    struct avo_las_config config = {.local_max_count = AVO_LAS_LOCAL_DEFAULT_COUNT,
                                    .tee = AVO_TEE_SGX,
                                    .aead = avo_aead_create(&service->memory.arena, AVO_AEAD_BEST),
                                    .random = &service->random.random};
    memcpy(config.cas_public_key, service->options.cas_key, sizeof config.cas_public_key);
    if (!own_measurement(config.measurement)) {
        return avo_service_refuse("CPU", "at descriptor 3", "it does not answer: start avocado-las through avocado-simcpu");
    }
    service->las = config.aead == NULL ? NULL : avo_las_create(&service->memory.arena, &config);
    return service->las != NULL ? 0 : avo_service_refuse("memory", "of 4 MiB", "too little for the connections");
}

static void say_ready(const struct service *service) {
    uint8_t hash[AVO_HASH_BYTES];
    char name[17];
    avo_las_hash(avo_las_sign_public_key(service->las), hash);
    (void)sodium_bin2hex(name, sizeof name, hash, 8);
    avo_log_info("ready as LAS %s; it runs on a simulated CPU, which protects nothing from this machine", name);
}

static int serve(struct service *service, int listener, int signals) {
    const struct avo_las_server_config config = {.las = service->las,
                                                 .local_max_count = AVO_LAS_LOCAL_DEFAULT_COUNT,
                                                 .cas = service->options.cas,
                                                 .listener = listener,
                                                 .cpu = AVO_INSTRUCTION_FD,
                                                 .signals = signals,
                                                 .outside = avo_outside_fd(),
                                                 .context = service,
                                                 .evidence = make_evidence,
                                                 .report_key = make_report_key};
    struct avo_las_server *server = avo_las_server_create(&service->memory.arena, &config);
    if (server == NULL) {
        return avo_service_refuse("memory", "of 4 MiB", "too little for the connections");
    }
    say_ready(service);
    avo_outside_ready(config.outside);
    enum avo_las_ending ending = avo_las_server_run(server);
    avo_las_wipe(service->las);
    if (ending == AVO_LAS_ENDING_CPU) {
        return avo_service_refuse("CPU", "at descriptor 3", "it is gone: start avocado-simcpu, then avocado-las again");
    }
    return ending == AVO_LAS_ENDING_TOLD ? 0 : AVO_SERVICE_REFUSED;
}

static int inside_run(struct service *service) {
    char path[PATH_MAX];
    int signals = avo_service_signals();
    if (sodium_init() < 0 || signals < 0) {
        return avo_service_refuse_errno("cannot", "watch for signals", "allow more descriptors (ulimit -n) or free memory");
    }
    (void)signal(SIGPIPE, SIG_IGN); /* the log goes into a pipe of the outside */
    avo_attest_openssl_init();
    if (avo_service_lock(service->options.dir, "las.pid") < 0) {
        return errno == EWOULDBLOCK
                   ? avo_service_refuse("folder", service->options.dir, "another avocado-las serves it: stop that one")
                   : avo_service_refuse_errno("las.pid in", service->options.dir,
                                              "make room or give access, or give another --dir");
    }
    int status = prepare(service);
    if (status != 0) {
        return status;
    }
    if (snprintf(path, sizeof path, "%s/las.sock", service->options.dir) >= (int)sizeof path) {
        return avo_service_refuse("folder", service->options.dir, "its path is too long: choose a shorter one");
    }
    int listener = avo_socket_listen(path);
    if (listener < 0) {
        return avo_service_refuse_errno("socket", path, "make room or give access, or give another --dir");
    }
    status = serve(service, listener, signals);
    (void)unlink(path);
    return status;
}

int main(int argc, char **argv) {
    struct service service = {0};
    char why[AVO_SETTINGS_WHY_BYTES];
    bool inside = avo_outside_is_inside();
    avo_log_name("avocado-las");
    avo_attest_memory(avo_log_allocate);
    if (avo_outside_fd() >= 0) {
        avo_log_measured();
    }
    if (avo_las_options_read(argc, argv, inside, &service.options, why) != AVO_OK) {
        avo_log_error("%s", why);
        return AVO_SERVICE_REFUSED;
    }
    const struct avo_las_options *options = &service.options;
    return inside ? inside_run(&service) : avo_outside_run(&options->settings, options->simcpu, options->dir);
}
