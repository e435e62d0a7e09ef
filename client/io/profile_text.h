/* What the reader and the writer of a profile's text share. */
#ifndef AVO_CLIENT_PROFILE_TEXT_H
#define AVO_CLIENT_PROFILE_TEXT_H

#define AVO_PROFILE_VERSION 2
#define AVO_PROFILE_NATIVE_FIELD "native"

#endif
