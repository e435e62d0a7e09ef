#include "service/inside.h"
#include "base/secret.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "service/outside.h"
#include "trusted/process/sandbox.h"
#include "trusted/process/seed.h"
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

static int folder_take(const char *name, const char *dir) {
    char file[32], who[32];
    (void)snprintf(file, sizeof file, "%s.pid", name);
    (void)snprintf(who, sizeof who, "avocado-%s", name);
    return avo_service_folder_take(dir, file, who);
}

static void rdrand_missing(int number) {
    (void)number;
    _exit(avo_service_refuse("randomness", "of the CPU", AVO_SEED_MISSING_TEXT));
}

static int randomness_take(struct avo_inside *inside) {
    uint8_t seed[AVO_SEED_BYTES];
    if (avo_sandbox_harden() != AVO_OK) {
        return avo_service_refuse_errno("kernel", "refused to make this process undumpable",
                                        "use a kernel and limits that allow it");
    }
    if (avo_seed_draw(seed, rdrand_missing) != AVO_OK) {
        return avo_service_refuse("randomness", "of CPU and kernel", AVO_SEED_FAILED_TEXT);
    }
    avo_drbg_seed(&inside->random, seed);
    avo_secret_wipe(seed, sizeof seed);
    return 0;
}

static int memory_refuse(const struct avo_inside *inside, const char *next) {
    char on[32];
    (void)snprintf(on, sizeof on, "of %u MiB", (unsigned)(inside->memory_bytes >> 20));
    return avo_service_refuse("memory", on, next);
}

int avo_inside_begin(struct avo_inside *inside, const char *name, const char *dir, uint64_t memory_bytes) {
    *inside = (struct avo_inside){.name = name, .memory_bytes = memory_bytes, .tee = avo_tee_inside()};
    inside->watch =
        (struct avo_watch){.tee = inside->tee->channel_fd, .signals = avo_service_signals(0), .outside = avo_outside_fd()};
    if (sodium_init() < 0 || inside->watch.signals < 0) {
        return avo_service_refuse_errno("cannot", "watch for signals", "allow more descriptors (ulimit -n) or free memory");
    }
    int status = folder_take(name, dir);
    status = status == 0 ? randomness_take(inside) : status;
    if (status == 0 && avo_memory_map(&inside->memory, memory_bytes) != AVO_OK) {
        return memory_refuse(inside, "the kernel gives none: free some");
    }
    return status;
}

int avo_inside_refuse_memory(const struct avo_inside *inside) {
    return memory_refuse(inside, "too little for the connections");
}

int avo_inside_refuse_cpu(const struct avo_inside *inside, bool gone) {
    char next[96];
    (void)snprintf(next, sizeof next,
                   gone ? "it is gone: start avocado-simcpu, then avocado-%s again"
                        : "it does not answer: start avocado-%s through avocado-simcpu",
                   inside->name);
    return avo_service_refuse("CPU", "at descriptor 3", next);
}

void avo_inside_ready(const struct avo_inside *inside, const char *what) {
    if (inside->tee->simulated) {
        avo_log_info("%s; it runs on a simulated CPU, which protects nothing from this machine", what);
    } else {
        avo_log_info("%s", what);
    }
    avo_outside_ready(inside->watch.outside);
}

void avo_inside_evidence(const struct avo_inside *inside, const uint8_t *report_data, struct avo_buffer *evidence) {
    if (inside->tee->evidence(report_data, evidence) != AVO_OK) {
        evidence->length = 0;
    }
}

int avo_inside_ended(const struct avo_inside *inside, enum avo_watch_ending ending) {
    if (ending == AVO_WATCH_TEE) {
        return avo_inside_refuse_cpu(inside, true);
    }
    return ending == AVO_WATCH_TOLD ? 0 : AVO_SERVICE_REFUSED;
}
