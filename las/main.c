/* avocado-las: the local attestation service as a measured program. */
#include "attest/plug/plug.h"
#include "attest/verify/memory.h"
#include "base/tee.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "daemon/socket.h"
#include "las/options.h"
#include "las/server.h"
#include "protocol/control/local.h"
#include "service/inside.h"
#include "service/outside.h"
#include "tee/inside/instruction.h"
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_BYTES (4ULL << 20)
#define MEASUREMENT_OFFSET 64 /* of MRENCLAVE in a report */

/* Everything a running LAS holds outside its core. */
struct service {
    struct avo_las_options options;
    struct avo_inside inside;
    struct avo_las *las;
};

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

static int create(struct service *service) {
    struct avo_las_config config = {.local_max_count = AVO_LAS_LOCAL_DEFAULT_COUNT,
                                    .tee = AVO_TEE_SGX,
                                    .aead = avo_aead_create(&service->inside.memory.arena, AVO_AEAD_BEST),
                                    .random = &service->inside.random.random};
    memcpy(config.cas_public_key, service->options.cas_key, sizeof config.cas_public_key);
    if (!own_measurement(config.measurement)) {
        return avo_inside_refuse_cpu(&service->inside, false);
    }
    service->las = config.aead == NULL ? NULL : avo_las_create(&service->inside.memory.arena, &config);
    return service->las != NULL ? 0 : avo_inside_refuse_memory(&service->inside);
}

static void say_ready(const struct service *service) {
    uint8_t hash[AVO_HASH_BYTES];
    char name[17];
    avo_las_hash(avo_las_sign_public_key(service->las), hash);
    (void)sodium_bin2hex(name, sizeof name, hash, 8);
    avo_log_info("ready as LAS %s; it runs on a simulated CPU, which protects nothing from this machine", name);
}

static int serve(struct service *service, int listener) {
    const struct avo_las_server_config config = {.las = service->las,
                                                 .local_max_count = AVO_LAS_LOCAL_DEFAULT_COUNT,
                                                 .cas = service->options.cas,
                                                 .listener = listener,
                                                 .cpu = AVO_INSTRUCTION_FD,
                                                 .signals = service->inside.signals,
                                                 .outside = avo_outside_fd(),
                                                 .context = service,
                                                 .evidence = avo_inside_evidence,
                                                 .report_key = make_report_key};
    struct avo_las_server *server = avo_las_server_create(&service->inside.memory.arena, &config);
    if (server == NULL) {
        return avo_inside_refuse_memory(&service->inside);
    }
    say_ready(service);
    avo_outside_ready(config.outside);
    enum avo_las_ending ending = avo_las_server_run(server);
    avo_las_wipe(service->las);
    if (ending == AVO_LAS_ENDING_CPU) {
        return avo_inside_refuse_cpu(&service->inside, true);
    }
    return ending == AVO_LAS_ENDING_TOLD ? 0 : AVO_SERVICE_REFUSED;
}

static int inside_run(struct service *service) {
    char path[PATH_MAX];
    avo_attest_openssl_init();
    int status = avo_inside_begin(&service->inside, "las", service->options.dir, MEMORY_BYTES);
    status = status == 0 ? create(service) : status;
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
    status = serve(service, listener);
    (void)unlink(path);
    return status;
}

int main(int argc, char **argv) {
    struct service service = {0};
    char why[AVO_SETTINGS_WHY_BYTES];
    bool inside = avo_outside_is_inside();
    avo_service_begin("avocado-las");
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
