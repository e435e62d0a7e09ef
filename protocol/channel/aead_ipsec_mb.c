/* AES-256-GCM by intel-ipsec-mb: its direct calls, no job queue. The manager lies in the arena, so nothing is ever allocated [B5].
 */
#include "base/secret.h"
#include "protocol/channel/aead_methods.h"
#include <intel-ipsec-mb.h>
#include <string.h>

_Static_assert(sizeof(struct gcm_key_data) <= AVO_AEAD_SCHEDULE_BYTES, "an expanded key fits");
_Static_assert(_Alignof(struct gcm_key_data) <= _Alignof(struct avo_aead_key), "an expanded key is aligned");

static void key_set(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t *bytes) {
    IMB_MGR *manager = aead->manager;
    IMB_AES256_GCM_PRE(manager, bytes, (struct gcm_key_data *)key->schedule);
}

static void seal(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message) {
    IMB_MGR *manager = aead->manager;
    struct gcm_context_data context;
    IMB_AES256_GCM_ENC(manager, (const struct gcm_key_data *)key->schedule, &context, message->data, message->data, message->length,
                       message->nonce, message->aad.data, message->aad.length, message->tag, AVO_TAG_BYTES);
}

static void open(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message) {
    IMB_MGR *manager = aead->manager;
    struct gcm_context_data context;
    IMB_AES256_GCM_DEC(manager, (const struct gcm_key_data *)key->schedule, &context, message->data, message->data, message->length,
                       message->nonce, message->aad.data, message->aad.length, message->tag, AVO_TAG_BYTES);
}

bool avo_aead_ipsec_mb_create(struct avo_aead *aead, struct avo_arena *arena) {
    struct avo_arena before = *arena;
    size_t manager_bytes = imb_get_mb_mgr_size();
    void *memory = avo_arena_take(arena, 1, manager_bytes);
    if (memory == NULL) {
        return false;
    }
    IMB_MGR *manager = imb_set_pointers_mb_mgr(memory, 0, 1);
    IMB_ARCH chosen = IMB_ARCH_NONE;
    if (manager != NULL) {
        init_mb_mgr_auto(manager, &chosen);
    }
    /* Without AES-NI the library emulates it by table look-ups, whose timing tells the key: not for us. */
    if (manager == NULL || imb_get_errno(manager) != 0 || (manager->features & IMB_FEATURE_AESNI) == 0) {
        memset(memory, 0, manager_bytes);
        *arena = before;
        return false;
    }
    *aead = (struct avo_aead){AVO_AEAD_IPSEC_MB, manager, key_set, seal, open};
    return true;
}
