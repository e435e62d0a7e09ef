/* avocado-las: the local attestation service as a measured program. */
#include "attest/plug/plug.h"
#include "attest/verify/memory.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "daemon/socket.h"
#include "las/options.h"
#include "las/server.h"
#include "protocol/control/local.h"
#include "service/inside.h"
#include "service/shell.h"
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_BYTES (4ULL << 20)

/* Everything a running LAS holds outside its core. */
struct service {
    struct avo_las_options options;
    struct avo_inside inside;
    struct avo_las *las;
};

static void make_report_key(void *context, const uint8_t *key_id, struct avo_buffer *key) {
    const struct service *service = context;
    key->length = service->inside.tee->report_key(key_id, key->data) == AVO_OK ? AVO_TEE_REPORT_KEY_BYTES : 0;
}

static void evidence(void *context, const uint8_t *report_data, struct avo_buffer *quote) {
    const struct service *service = context;
    avo_inside_evidence(&service->inside, report_data, quote);
}

static int create(struct service *service) {
    struct avo_las_config config = {.local_max_count = AVO_LAS_LOCAL_DEFAULT_COUNT,
                                    .tee = (uint8_t)service->inside.tee->kind,
                                    .aead = avo_aead_create(&service->inside.memory.arena, AVO_AEAD_BEST),
                                    .random = &service->inside.random.random};
    memcpy(config.cas_public_key, service->options.cas_key, sizeof config.cas_public_key);
    if (!avo_tee_has_local_reports(service->inside.tee->kind)) {
        return avo_service_refuse("LAS", "in this TEE", "it has no local reports: start the nodes without a LAS");
    }
    if (service->inside.tee->own_target(config.measurement) != AVO_OK) {
        return avo_inside_refuse_cpu(&service->inside, false);
    }
    service->las = config.aead == NULL ? NULL : avo_las_create(&service->inside.memory.arena, &config);
    return service->las != NULL ? 0 : avo_inside_refuse_memory(&service->inside);
}

static void say_ready(const struct service *service) {
    uint8_t hash[AVO_HASH_BYTES];
    char name[17], what[40];
    avo_las_hash(avo_las_sign_public_key(service->las), hash);
    (void)sodium_bin2hex(name, sizeof name, hash, 8);
    (void)snprintf(what, sizeof what, "ready as LAS %s", name);
    avo_inside_ready(&service->inside, what);
}

static int serve(struct service *service, int listener) {
    const struct avo_las_server_config config = {.las = service->las,
                                                 .local_max_count = AVO_LAS_LOCAL_DEFAULT_COUNT,
                                                 .cas = service->options.cas,
                                                 .listener = listener,
                                                 .watch = service->inside.watch,
                                                 .context = service,
                                                 .evidence = evidence,
                                                 .report_key = make_report_key};
    struct avo_las_server *server = avo_las_server_create(&service->inside.memory.arena, &config);
    if (server == NULL) {
        return avo_inside_refuse_memory(&service->inside);
    }
    say_ready(service);
    enum avo_watch_ending ending = avo_las_server_run(server);
    avo_las_wipe(service->las);
    return avo_inside_ended(&service->inside, ending);
}

static int inside_run(void *context) {
    struct service *service = context;
    char path[PATH_MAX];
    avo_attest_openssl_init();
    int status = avo_inside_begin(&service->inside, "las", service->options.service.dir, MEMORY_BYTES);
    status = status == 0 ? create(service) : status;
    if (status != 0) {
        return status;
    }
    if (snprintf(path, sizeof path, "%s/las.sock", service->options.service.dir) >= (int)sizeof path) {
        return avo_service_refuse("folder", service->options.service.dir, "its path is too long: choose a shorter one");
    }
    int listener = avo_socket_listen(path);
    if (listener < 0) {
        return avo_service_refuse_errno("socket", path, "make room or give access, or give another --dir");
    }
    status = serve(service, listener);
    (void)unlink(path);
    return status;
}

static enum avo_error read_options(void *context, int argc, char **argv, bool inside, char why[AVO_SETTINGS_WHY_BYTES]) {
    struct service *service = context;
    return avo_las_options_read(argc, argv, inside, &service->options, why);
}

static struct avo_outside_settings outside(const void *context) {
    const struct service *service = context;
    return avo_service_outside(&service->options.service);
}

int main(int argc, char **argv) {
    struct service service = {0};
    const struct avo_shell shell = {
        .name = "avocado-las", .context = &service, .read = read_options, .outside = outside, .inside = inside_run};
    avo_attest_memory(avo_log_allocate);
    return avo_shell_run(&shell, argc, argv);
}
