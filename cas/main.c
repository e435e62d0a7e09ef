/* avocado-cas: the configuration and attestation service as a measured program. */
#include "attest/plug/plug.h"
#include "attest/verify/memory.h"
#include "base/secret.h"
#include "cas/options.h"
#include "cas/policy_file.h"
#include "cas/recovery.h"
#include "cas/sealed_file.h"
#include "cas/server.h"
#include "daemon/address.h"
#include "daemon/file.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "service/inside.h"
#include "service/shell.h"
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEYS_STATE_BYTES 512 /* of a state without policy and view */
#define MEMORY_BYTES (64ULL << 20)

/* Everything a running CAS holds outside its core. */
struct service {
    struct avo_cas_options options;
    struct avo_inside inside;
    uint8_t seal_key[AVO_TEE_SEAL_KEY_BYTES];
    struct avo_seal seal;
    char state_path[PATH_MAX];
    char recovery_path[PATH_MAX];
    struct avo_buffer scratch; /* of the sealed state, and before it of the wrapped one */
    struct avo_attest_plug plug;
    struct avo_cas_policy_reader policy_reader;
    struct avo_cas *cas;
};

static enum avo_error fail_write(struct avo_text *why, const char *path, enum avo_error error) {
    avo_text_add_string(why, path);
    avo_text_add_string(why, ": ");
    avo_text_add_string(why, error == AVO_EIO ? strerror(errno) : avo_error_text(error));
    avo_text_add_string(why, ": make room or give access, then approve again");
    return error;
}

/* The same state for the owner's recovery key. */
static enum avo_error wrap(struct service *service, const uint8_t *recovery_public, struct avo_slice state) {
    enum avo_error error = avo_recovery_wrap(service->seal.aead, service->seal.random, recovery_public, state, &service->scratch);
    return error == AVO_OK ? avo_file_replace(service->recovery_path, 0600, avo_buffer_slice(&service->scratch)) : error;
}

/* First the wrapped copy: what the sealed one says was shown is then in both. A copy that is ahead of it does no harm [V7]. */
static enum avo_error persist(void *context, struct avo_slice state, struct avo_text *why) {
    struct service *service = context;
    const uint8_t *recovery_public = avo_cas_state_recovery_public(state);
    enum avo_error error = recovery_public == NULL ? AVO_OK : wrap(service, recovery_public, state);
    if (error != AVO_OK) {
        return fail_write(why, service->recovery_path, error);
    }
    error = avo_sealed_file_write(&service->seal, service->state_path, state, &service->scratch);
    return error == AVO_OK ? AVO_OK : fail_write(why, service->state_path, error);
}

/* The Noise key in hex: a hint for those that start nodes and clients here; evidence, not this file, proves it. */
static bool write_public_key(const struct service *service) {
    char text[2 * AVO_PUBLIC_KEY_BYTES + 2];
    (void)sodium_bin2hex(text, sizeof text, avo_cas_public_key(service->cas), AVO_PUBLIC_KEY_BYTES);
    text[sizeof text - 2] = '\n';
    return avo_file_write(service->options.service.dir, "public.key", 0644, avo_slice(text, sizeof text - 1)) == AVO_OK;
}

/* Where its state lies, and what it is sealed with. */
static int seal_prepare(struct service *service) {
    if (service->inside.tee->seal_key(service->seal_key) != AVO_OK) {
        return avo_inside_refuse_cpu(&service->inside, false);
    }
    struct avo_aead *aead = avo_aead_create(&service->inside.memory.arena, AVO_AEAD_BEST);
    size_t capacity = AVO_RECOVERY_MAX_BYTES; /* the larger of the two */
    _Static_assert(AVO_RECOVERY_MAX_BYTES > AVO_CAS_STATE_MAX_BYTES + AVO_SEALED_OVERHEAD_BYTES, "either fits");
    service->scratch = (struct avo_buffer){avo_arena_take(&service->inside.memory.arena, capacity, 1), 0, capacity};
    service->seal = (struct avo_seal){aead, &service->inside.random.random, service->seal_key};
    const char *dir = service->options.service.dir;
    bool fits = snprintf(service->state_path, sizeof service->state_path, "%s/state.sealed", dir) < PATH_MAX &&
                snprintf(service->recovery_path, sizeof service->recovery_path, "%s/state.recovery", dir) < PATH_MAX;
    if (aead == NULL || service->scratch.data == NULL || !fits) {
        return avo_service_refuse("start", service->options.service.dir, "too little memory or too long a path");
    }
    return 0;
}

/* The first start: the key that nodes obey must be the same after the next. */
static int keys_keep(struct service *service) {
    uint8_t memory[KEYS_STATE_BYTES];
    struct avo_buffer state = {memory, 0, sizeof memory};
    struct avo_text reason = {0};
    const uint8_t *recovery_public = service->options.recovery_public;
    if (sodium_is_zero(recovery_public, AVO_PUBLIC_KEY_BYTES) == 0 &&
        avo_recovery_wrap(service->seal.aead, service->seal.random, recovery_public, AVO_SLICE_EMPTY, &service->scratch) !=
            AVO_OK) {
        return avo_service_refuse("--recovery-key", service->options.service.dir, "no usable key; give the owner's recovery.pub");
    }
    avo_cas_save(service->cas, &state);
    enum avo_error error = persist(service, avo_buffer_slice(&state), &reason);
    avo_secret_wipe(memory, sizeof memory);
    return error == AVO_OK ? 0 : avo_service_refuse("state", service->state_path, reason.bytes);
}

/* Keys and the one who may have them elsewhere are of one age: what a later start says cannot change that. */
static bool recovery_fits(const struct service *service, struct avo_text *reason) {
    const struct avo_cas_options *options = &service->options;
    if (sodium_is_zero(options->recovery_public, sizeof options->recovery_public) == 1 ||
        memcmp(options->recovery_public, avo_cas_recovery_public(service->cas), AVO_PUBLIC_KEY_BYTES) == 0) {
        return true;
    }
    avo_text_add_string(reason, "made with another --recovery-key, or without one: give that one, or none");
    return false;
}

/* The copy may have been lost, or not be as new. */
static void copy_renew(struct service *service) {
    uint8_t memory[AVO_CAS_STATE_MAX_BYTES];
    struct avo_buffer state = {memory, 0, sizeof memory};
    avo_cas_save(service->cas, &state);
    const uint8_t *recovery_public = avo_cas_state_recovery_public(avo_buffer_slice(&state));
    if (recovery_public != NULL && wrap(service, recovery_public, avo_buffer_slice(&state)) != AVO_OK) {
        avo_log_warn("%s: %s: there is no new copy to recover from; make room or give access", service->recovery_path,
                     strerror(errno));
    }
    avo_secret_wipe(memory, sizeof memory);
}

/* An earlier cluster goes on; a state that does not open is left as it is. */
static int restore(struct service *service) {
    struct avo_text reason = {0};
    enum avo_error error = avo_sealed_file_read(&service->seal, service->state_path, &service->scratch);
    if (error == AVO_ENOTFOUND) {
        return keys_keep(service);
    }
    if (error == AVO_EIO) {
        return avo_service_refuse_errno("state", service->state_path, "it was not touched: give access to it, then start again");
    }
    if (error == AVO_OK) {
        error = avo_cas_restore(service->cas, avo_buffer_slice(&service->scratch), &reason);
    } else {
        avo_text_add_string(&reason,
                            error == AVO_EAUTH ? "changed, or sealed by another program or on another CPU" : avo_error_text(error));
    }
    avo_secret_wipe(service->scratch.data, service->scratch.capacity);
    if (error == AVO_OK && !recovery_fits(service, &reason)) {
        error = AVO_EINVAL;
    } else if (error != AVO_OK) {
        avo_text_add_string(&reason,
                            "; it was not touched: start the program that wrote it, on its machine, or have a new CAS take over: "
                            "avocado cas recover");
    }
    if (error != AVO_OK) {
        return avo_service_refuse("state", service->state_path, reason.bytes);
    }
    avo_log_info("state opened: it goes on under the same keys");
    copy_renew(service);
    return 0;
}

/* No reason to end: it is read for each verification, and may come later. */
static void collateral_look(const struct service *service) {
    struct avo_text reason = {0};
    if (!avo_attest_plug_look(&service->plug, &reason)) {
        avo_log_warn("--collateral %s: until it can be read, no evidence is verified and nobody can join", reason.bytes);
    }
}

/* What its own evidence rests on. */
static uint64_t evidence_ends_s(struct service *service) {
    static const uint8_t report_data[AVO_BINDING_BYTES];
    struct avo_buffer quote = service->scratch;
    quote.length = 0;
    avo_inside_evidence(&service->inside, report_data, &quote);
    return avo_attest_evidence_ends(avo_buffer_slice(&quote));
}

static int create(struct service *service) {
    avo_attest_plug_init(&service->plug, service->options.collateral);
    collateral_look(service);
    service->policy_reader = avo_cas_policy_file("policy.json");
    const struct avo_cas_config config = {.connection_max_count = AVO_CAS_CONNECTION_DEFAULT_COUNT,
                                          .tee = (uint8_t)service->inside.tee->kind,
                                          .aead = service->seal.aead,
                                          .random = &service->inside.random.random,
                                          .verifier = &service->plug.verifier,
                                          .policy_reader = &service->policy_reader,
                                          .recovery_public = service->options.recovery_public,
                                          .evidence_ends_s = evidence_ends_s(service)};
    service->cas = avo_cas_create(&service->inside.memory.arena, &config);
    if (service->cas == NULL) {
        return avo_inside_refuse_memory(&service->inside);
    }
    return restore(service);
}

static void evidence(void *context, const uint8_t *report_data, struct avo_buffer *quote) {
    const struct service *service = context;
    avo_inside_evidence(&service->inside, report_data, quote);
}

static void keys_changed(void *context) {
    const struct service *service = context;
    if (!write_public_key(service)) {
        avo_log_warn("public.key in %s: %s: it is that of an earlier key; make room or give access, then start again",
                     service->options.service.dir, strerror(errno));
    }
}

static int serve(struct service *service, int listener) {
    const struct avo_server_config config = {.cas = service->cas,
                                             .connection_max_count = AVO_CAS_CONNECTION_DEFAULT_COUNT,
                                             .listener = listener,
                                             .watch = service->inside.watch,
                                             .context = service,
                                             .evidence = evidence,
                                             .persist = persist,
                                             .keys_changed = keys_changed};
    struct avo_server *server = avo_server_create(&service->inside.memory.arena, &config);
    if (server == NULL) {
        return avo_inside_refuse_memory(&service->inside);
    }
    if (avo_aead_warning() != NULL) {
        avo_log_warn("%s", avo_aead_warning());
    }
    avo_inside_ready(&service->inside, "ready");
    enum avo_watch_ending ending = avo_server_run(server);
    avo_cas_wipe(service->cas);
    return avo_inside_ended(&service->inside, ending);
}

static int inside_run(void *context) {
    struct service *service = context;
    int status = avo_inside_begin(&service->inside, "cas", service->options.service.dir, MEMORY_BYTES);
    status = status == 0 ? seal_prepare(service) : status;
    status = status == 0 ? create(service) : status;
    if (status != 0) {
        return status;
    }
    int listener = avo_server_listen(&service->options.listen);
    if (listener < 0) {
        char text[AVO_ADDRESS_TEXT_BYTES];
        avo_address_text(&service->options.listen, text);
        bool port = errno == EADDRINUSE || errno == EADDRNOTAVAIL || errno == EACCES;
        return avo_service_refuse_errno(
            "--listen", text, port ? "choose a free port of this machine" : "allow more descriptors (ulimit -n) or free memory");
    }
    if (!write_public_key(service)) {
        return avo_service_refuse_errno("public.key in", service->options.service.dir,
                                        "make room or give access, or give another --dir");
    }
    return serve(service, listener);
}

static enum avo_error read_options(void *context, int argc, char **argv, bool inside, char why[AVO_SETTINGS_WHY_BYTES]) {
    struct service *service = context;
    return avo_cas_options_read(argc, argv, inside, &service->options, why);
}

static struct avo_outside_settings outside(const void *context) {
    const struct service *service = context;
    return avo_service_outside(&service->options.service);
}

int main(int argc, char **argv) {
    struct service service = {0};
    const struct avo_shell shell = {
        .name = "avocado-cas", .context = &service, .read = read_options, .outside = outside, .inside = inside_run};
    avo_attest_memory(avo_log_allocate);
    return avo_shell_run(&shell, argc, argv);
}
