/* The cluster's secret stays with its members. Clients get one that is made of it, by which they find a key's worker; the stores of
 * a worker share another, so that no client can choose keys or versions that collide there. */
#include "base/secret.h"
#include "protocol/channel/hkdf.h"
#include "trusted/worker/worker_state.h"

static const char KEY_LABEL[] = "avocado key worker v1";
static const char STORE_LABEL[] = "avocado store v1";

void avo_worker_secrets_make(const struct avo_worker *worker, uint8_t key_secret[AVO_KEY_SECRET_BYTES],
                             uint8_t store_secret[AVO_STORE_SECRET_BYTES]) {
    const struct avo_identity *identity = worker->config.identity;
    uint8_t prk[AVO_HKDF_HASH_BYTES];
    avo_hkdf_extract(prk, AVO_SLICE_OF(identity->view.cluster_id), AVO_SLICE_OF(identity->cluster_secret));
    avo_hkdf_expand(key_secret, AVO_KEY_SECRET_BYTES, prk, avo_slice_string(KEY_LABEL));
    avo_hkdf_expand(store_secret, AVO_STORE_SECRET_BYTES, prk, avo_slice_string(STORE_LABEL));
    avo_secret_wipe(prk, sizeof prk);
}
