/* Errors in words: what, on what, what to do next. */
#ifndef AVO_CLIENT_EXPLAIN_H
#define AVO_CLIENT_EXPLAIN_H

#include "client/core/core.h"
#include "client/io/profile.h"

#define AVO_KEY_TEXT_BYTES 64

/* A key for a message: printable, shortened, quoted. */
void avo_explain_key(char to[AVO_KEY_TEXT_BYTES], struct avo_slice key);

/* The line for an operation that ended with `completion->status`, for instance
 * `put "k": no majority of replicas answered in time (1 of 3 answered, 2 needed: 1 missing); see avocado status`. */
void avo_explain(struct avo_why *why, const struct avo_client_completion *completion, struct avo_slice key);

/* The line for `what` that the nodes refused altogether: AVO_EVERSION (they speak `other_version`), AVO_EDENIED or AVO_EEXPIRED. */
void avo_explain_refusal(struct avo_why *why, const char *what, enum avo_error error, uint8_t other_version);

/* The line for `what` that nobody answered but refusals which nobody signed, saying `hint` (AVO_EVERSION or AVO_EDENIED). */
void avo_explain_hint(struct avo_why *why, const char *what, enum avo_error hint, uint8_t other_version);

/* The line for a request that was refused before it was sent. */
void avo_explain_refused(struct avo_why *why, enum avo_error error, const struct avo_client_request *request,
                         const struct avo_view *view);

#endif
