#include "attest/x509/clock.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Reads `digits` decimal digits at `*at`; -1 when they are not there. */
static int digits_at(struct avo_slice text, size_t *at, size_t digits) {
    if (text.length < digits || *at > text.length - digits) {
        return -1;
    }
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        uint8_t c = text.data[*at + i];
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    *at += digits;
    return value;
}

static bool byte_at(struct avo_slice text, size_t *at, char expected) {
    if (*at >= text.length || text.data[*at] != (uint8_t)expected) {
        return false;
    }
    (*at)++;
    return true;
}

/* "Z" or "+HH:MM" or "-HH:MM", and nothing after it. */
static bool zone_at(struct avo_slice text, size_t *at, int64_t *offset_s) {
    *offset_s = 0;
    if (byte_at(text, at, 'Z') || byte_at(text, at, 'z')) {
        return *at == text.length;
    }
    int sign = byte_at(text, at, '+') ? 1 : byte_at(text, at, '-') ? -1 : 0;
    int hours = digits_at(text, at, 2);
    bool colon = byte_at(text, at, ':');
    int minutes = digits_at(text, at, 2);
    if (sign == 0 || !colon || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    *offset_s = (int64_t)sign * (hours * 3600 + minutes * 60);
    return *at == text.length;
}

static bool fields_valid(const struct tm *date) {
    return date->tm_year >= 70 && date->tm_mon >= 0 && date->tm_mon < 12 && date->tm_mday >= 1 && date->tm_mday <= 31 &&
           date->tm_hour >= 0 && date->tm_hour <= 23 && date->tm_min >= 0 && date->tm_min <= 59 && date->tm_sec >= 0 &&
           date->tm_sec <= 60;
}

enum avo_error avo_date_parse(struct avo_slice text, int64_t *unix_s) {
    struct tm date = {0};
    size_t at = 0;
    date.tm_year = digits_at(text, &at, 4) - 1900;
    bool shaped = byte_at(text, &at, '-');
    date.tm_mon = digits_at(text, &at, 2) - 1;
    shaped = byte_at(text, &at, '-') && shaped;
    date.tm_mday = digits_at(text, &at, 2);
    shaped = (byte_at(text, &at, 'T') || byte_at(text, &at, 't') || byte_at(text, &at, ' ')) && shaped;
    date.tm_hour = digits_at(text, &at, 2);
    shaped = byte_at(text, &at, ':') && shaped;
    date.tm_min = digits_at(text, &at, 2);
    shaped = byte_at(text, &at, ':') && shaped;
    date.tm_sec = digits_at(text, &at, 2);
    if (byte_at(text, &at, '.')) {
        shaped = digits_at(text, &at, 1) >= 0 && shaped;
        while (digits_at(text, &at, 1) >= 0) {
        }
    }
    int64_t offset_s = 0;
    shaped = zone_at(text, &at, &offset_s) && shaped;
    int day = date.tm_mday;
    if (!shaped || !fields_valid(&date)) {
        return AVO_EFORMAT;
    }
    int64_t seconds = timegm(&date);
    if (date.tm_mday != day) {
        return AVO_EFORMAT; /* 31 June and the like: timegm moved it */
    }
    *unix_s = seconds - offset_s;
    return AVO_OK;
}

void avo_date_format(int64_t unix_s, char out[AVO_DATE_BYTES]) {
    struct tm date;
    time_t seconds = (time_t)unix_s;
    if (gmtime_r(&seconds, &date) == NULL || date.tm_year < -1900 || date.tm_year > 8099) {
        (void)snprintf(out, AVO_DATE_BYTES, "-");
        return;
    }
    (void)strftime(out, AVO_DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &date);
}
