#include "tee/sim/platform.h"
#include "attest/sim/collateral.h"
#include "attest/sim/folder.h"
#include "attest/sim/local_report.h"
#include "attest/sim/platform.h"
#include "attest/sim/sign.h"
#include "base/cursor.h"
#include "base/secret.h"
#include "daemon/file.h"
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SECRET_NAME "platform.secret"
#define SEED_BYTES 32
#define SECRET_MAX_BYTES (SEED_BYTES + AVO_SIM_STATE_BYTES_MAX + 1)
#define ROOT_PEM_BYTES 4096

_Static_assert(AVO_LOCAL_REPORT_BYTES == AVO_INSTRUCTION_REPORT_BYTES, "a REPORT of the SDM");
_Static_assert(AVO_REPORT_KEY_ID_BYTES == AVO_INSTRUCTION_KEY_ID_BYTES, "one key id");
_Static_assert(AVO_CMAC_KEY_BYTES == AVO_INSTRUCTION_REPORT_KEY_BYTES, "one report key");
_Static_assert(AVO_SIM_SEED_BYTES == SEED_BYTES, "one seed");

struct avo_platform {
    uint8_t seed[SEED_BYTES];                     /* of the report and sealing keys */
    uint8_t key_id[AVO_INSTRUCTION_KEY_ID_BYTES]; /* of this boot's reports: drawn at start, as a CPU draws it at reset */
    struct avo_sim_platform *sim;
    int64_t issued_s; /* the collateral in `dir` */
    char dir[PATH_MAX];
};

/* HMAC-SHA-256(seed, label ‖ 0 ‖ bytes). */
static void derive(const struct avo_platform *platform, const char *label, struct avo_slice bytes, uint8_t key[32]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, platform->seed, sizeof platform->seed);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)label, strlen(label) + 1);
    crypto_auth_hmacsha256_update(&state, bytes.data, bytes.length);
    crypto_auth_hmacsha256_final(&state, key);
    avo_secret_wipe(&state, sizeof state);
}

enum avo_error avo_platform_report(const struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES],
                                   const uint8_t target[AVO_INSTRUCTION_TARGET_BYTES],
                                   const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES],
                                   uint8_t report[AVO_INSTRUCTION_REPORT_BYTES]) {
    static const char signer[] = "avocado simulated signer v1";
    struct avo_sgx_report body = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64, .xfrm = 3, .isv_product_id = 1, .isv_svn = 1};
    memcpy(body.cpu_svn, platform->sim->options.component_svn, sizeof body.cpu_svn);
    memcpy(body.mr_enclave, measurement, sizeof body.mr_enclave);
    crypto_hash_sha256(body.mr_signer, (const uint8_t *)signer, sizeof signer);
    memcpy(body.report_data, report_data, sizeof body.report_data);
    return avo_sim_local_report(platform->seed, target, platform->key_id, &body, report);
}

void avo_platform_report_key(const struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES],
                             const uint8_t key_id[AVO_INSTRUCTION_KEY_ID_BYTES], uint8_t key[AVO_INSTRUCTION_REPORT_KEY_BYTES]) {
    avo_sim_report_key(platform->seed, measurement, key_id, key);
}

enum avo_error avo_platform_quote(struct avo_platform *platform, const uint8_t report[AVO_INSTRUCTION_REPORT_BYTES],
                                  struct avo_buffer *quote) {
    static const uint8_t quoting_enclave[AVO_INSTRUCTION_TARGET_BYTES];
    struct avo_local_report parsed;
    uint8_t key[AVO_INSTRUCTION_REPORT_KEY_BYTES];
    enum avo_error error = avo_local_report_parse(avo_slice(report, AVO_INSTRUCTION_REPORT_BYTES), &parsed);
    if (error == AVO_OK) {
        avo_sim_report_key(platform->seed, quoting_enclave, parsed.key_id, key);
        error = avo_local_report_check(&parsed, key);
        avo_secret_wipe(key, sizeof key);
    }
    return error == AVO_OK ? avo_sim_quote_v3(platform->sim, report, quote) : error;
}

void avo_platform_seal_key(const struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES],
                           uint8_t key[AVO_INSTRUCTION_SEAL_KEY_BYTES]) {
    derive(platform, "seal", avo_slice(measurement, AVO_MEASURE_BYTES), key);
}

/* platform.secret: seed, then the state of attest/sim. */
static enum avo_error secret_write(const char *dir, const struct avo_platform *platform) {
    uint8_t bytes[SECRET_MAX_BYTES];
    memcpy(bytes, platform->seed, SEED_BYTES);
    struct avo_buffer state = {bytes + SEED_BYTES, 0, AVO_SIM_STATE_BYTES_MAX};
    enum avo_error error = avo_sim_platform_save(platform->sim, &state);
    if (error == AVO_OK) {
        error = avo_file_write(dir, SECRET_NAME, 0600, avo_slice(bytes, SEED_BYTES + state.length));
    }
    avo_secret_wipe(bytes, sizeof bytes);
    return error;
}

static void platform_parse(struct avo_platform *platform, struct avo_slice secret) {
    struct avo_reader reader = avo_reader(secret);
    avo_read_bytes(&reader, platform->seed, SEED_BYTES);
    struct avo_slice state = avo_read_slice(&reader, reader.left);
    platform->sim = reader.failed ? NULL : avo_sim_platform_restore(state);
}

/* AVO_ENOTFOUND: the folder has none. */
static enum avo_error secret_read(const char *dir, struct avo_platform *platform, char *why) {
    uint8_t memory[SECRET_MAX_BYTES];
    struct avo_buffer secret = {memory, 0, sizeof memory};
    enum avo_error error = avo_file_read_in(dir, SECRET_NAME, &secret);
    if (error == AVO_OK) {
        errno = 0;
        platform_parse(platform, avo_buffer_slice(&secret));
        if (platform->sim == NULL && errno == ENOMEM) {
            error = AVO_EIO; /* nobody is to remove a platform for that */
        } else if (platform->sim == NULL) {
            snprintf(why, AVO_SIMCPU_WHY_BYTES, "%.128s/" SECRET_NAME " is corrupt: remove it for a new simulated platform", dir);
            error = AVO_EFORMAT;
        }
    }
    avo_secret_wipe(memory, sizeof memory);
    return error;
}

/* Under the root of the platform in `root_dir`, or under a root of its own. */
static enum avo_error platform_make(const char *dir, const char *root_dir, struct avo_platform *platform, char *why) {
    struct avo_platform root = {0};
    if (root_dir == NULL) {
        struct avo_sim_options options = avo_sim_options_default((int64_t)time(NULL));
        platform->sim = avo_sim_platform_create(&options);
    } else {
        enum avo_error error = secret_read(root_dir, &root, why);
        if (error != AVO_OK) {
            if (why[0] == 0) {
                snprintf(why, AVO_SIMCPU_WHY_BYTES, "--root %.128s: it holds no simulated platform: name the folder of one",
                         root_dir);
            }
            return error;
        }
        platform->sim = avo_sim_platform_sibling(root.sim);
        avo_sim_platform_free(root.sim);
        avo_secret_wipe(&root, sizeof root);
    }
    randombytes_buf(platform->seed, sizeof platform->seed);
    return platform->sim != NULL ? secret_write(dir, platform) : AVO_EIO;
}

static enum avo_error platform_load(const char *dir, const char *root_dir, struct avo_platform *platform, char *why) {
    enum avo_error error = secret_read(dir, platform, why);
    if (error == AVO_OK && root_dir != NULL) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "%.128s holds a platform already: leave --root out, or name a new --dir", dir);
        return AVO_EINVAL;
    }
    return error == AVO_ENOTFOUND ? platform_make(dir, root_dir, platform, why) : error;
}

static enum avo_error collateral_write(const char *dir, const struct avo_collateral *collateral) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s/collateral", dir) >= (int)sizeof folder) {
        errno = ENAMETOOLONG;
        return AVO_EIO;
    }
    return mkdir(folder, 0755) == 0 || errno == EEXIST ? avo_sim_folder_write(folder, collateral) : AVO_EIO;
}

static enum avo_error chip_write(const char *dir, const struct avo_platform *platform) {
    const uint8_t *ppid = platform->sim->options.ppid;
    char hex[2 * sizeof platform->sim->options.ppid + 2];
    (void)sodium_bin2hex(hex, sizeof hex, ppid, sizeof platform->sim->options.ppid);
    hex[sizeof hex - 2] = '\n';
    return avo_file_write(dir, "chip.id", 0644, avo_slice(hex, sizeof hex - 1));
}

static enum avo_error collateral_publish(struct avo_platform *platform) {
    int64_t now_s = (int64_t)time(NULL);
    struct avo_sim_statement statement = avo_sim_statement_default(now_s);
    struct avo_sim_collateral collateral;
    enum avo_error error = avo_sim_collateral_make(platform->sim, &statement, &collateral);
    if (error == AVO_OK) {
        error = collateral_write(platform->dir, &collateral.view);
        avo_sim_collateral_free(&collateral);
    }
    platform->issued_s = error == AVO_OK ? now_s : platform->issued_s;
    return error;
}

enum avo_error avo_platform_refresh(struct avo_platform *platform) {
    int64_t age_s = (int64_t)time(NULL) - platform->issued_s;
    bool fresh = age_s >= 0 && age_s < AVO_SIM_COLLATERAL_DAYS * AVO_SIM_DAY_S * 2 / 3;
    return fresh ? AVO_OK : collateral_publish(platform);
}

static enum avo_error publish(const char *dir, struct avo_platform *platform) {
    char pem[ROOT_PEM_BYTES];
    enum avo_error error = avo_sim_root_pem(platform->sim, pem, sizeof pem);
    if (snprintf(platform->dir, sizeof platform->dir, "%s", dir) >= (int)sizeof platform->dir) {
        errno = ENAMETOOLONG;
        return AVO_EIO;
    }
    if (error == AVO_OK) {
        error = avo_file_write(dir, "root.pem", 0644, avo_slice_string(pem));
    }
    if (error == AVO_OK) {
        error = chip_write(dir, platform);
    }
    return error == AVO_OK ? collateral_publish(platform) : error;
}

struct avo_platform *avo_platform_open(const char *dir, const char *root_dir, char why[AVO_SIMCPU_WHY_BYTES]) {
    errno = 0;
    struct avo_platform *platform = calloc(1, sizeof *platform);
    snprintf(why, AVO_SIMCPU_WHY_BYTES, "%s", "");
    enum avo_error error = platform != NULL && sodium_init() >= 0 ? platform_load(dir, root_dir, platform, why) : AVO_EIO;
    if (error == AVO_OK) {
        randombytes_buf(platform->key_id, sizeof platform->key_id);
        error = publish(dir, platform);
    }
    if (error == AVO_OK) {
        return platform;
    }
    if (why[0] == 0) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "cannot make the simulated platform in %.128s: %s", dir,
                 errno != 0 ? strerror(errno) : avo_error_text(error));
    }
    avo_platform_close(platform);
    return NULL;
}

void avo_platform_close(struct avo_platform *platform) {
    if (platform != NULL) {
        avo_sim_platform_free(platform->sim);
        avo_secret_wipe(platform->seed, sizeof platform->seed);
        free(platform);
    }
}
