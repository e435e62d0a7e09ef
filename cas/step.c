/* The dispatcher only dispatches. */
#include "cas/cas.h"
#include "cas/state.h"

struct avo_cas_effects avo_cas_step(struct avo_cas *cas, const struct avo_cas_event *event) {
    avo_cas_effects_begin(cas);
    if (event->connection < cas->config.connection_max_count) {
        switch (event->kind) {
        case AVO_CAS_OPENED:
            avo_cas_on_opened(cas, event);
            break;
        case AVO_CAS_BYTES:
            avo_cas_on_bytes(cas, event);
            break;
        case AVO_CAS_CLOSED:
            avo_cas_forget(cas, event->connection);
            break;
        case AVO_CAS_TICK:
            avo_cas_on_tick(cas, event);
            break;
        case AVO_CAS_EVIDENCE_READY:
            avo_cas_on_evidence_ready(cas, event);
            break;
        case AVO_CAS_PERSISTED:
            avo_cas_on_persisted(cas, event);
            break;
        case AVO_CAS_CROWDED:
            avo_cas_on_crowded(cas);
            break;
        }
        avo_cas_pursue(cas, event);
    }
    return (struct avo_cas_effects){cas->effects, cas->effect_count};
}
