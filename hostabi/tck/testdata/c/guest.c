// The conformance program of package tck in C, without a library: see ../../README.md for what it has to do.
//
//   clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -o guest.wasm guest.c

#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("sluice1"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

typedef uint32_t u32;
typedef int32_t i32;

IMPORT("atom") i32 sl_atom(const char *name, u32 len);
IMPORT("bytes") i32 sl_bytes(u32 ctx, u32 doc, u32 off, u32 len, char *to);
IMPORT("text") i32 sl_text(u32 ctx, u32 doc, u32 off, u32 len, char *to, u32 cap);
IMPORT("nodes") i32 sl_nodes(u32 ctx, u32 doc, void *to, u32 cap);
IMPORT("header") i32 sl_header(u32 ctx, const char *name, u32 len, char *to, u32 cap);
IMPORT("edit") i32 sl_edit(u32 ctx, u32 segment, u32 from, u32 to, const char *with, u32 len, u32 flags);
IMPORT("block") i32 sl_block(u32 ctx, i32 status, const char *message, u32 len);
IMPORT("flag") i32 sl_flag(u32 ctx, const char *label, u32 len);
IMPORT("fail") i32 sl_fail(u32 ctx, i32 class, i32 status, const char *message, u32 len);
IMPORT("match_set") i32 sl_match_set(const char *description, u32 len);
IMPORT("match") i32 sl_match(u32 ctx, i32 set, i32 segment, void *hits, u32 cap);
IMPORT("http_call") i32 sl_http_call(u32 ctx, const void *call, u32 size);
IMPORT("timer") i32 sl_timer(u32 ctx, u32 ms);
IMPORT("kv_add") i32 sl_kv_add(u32 ctx, i32 scope, const char *key, u32 len, int64_t delta, u32 ttl, int64_t *value);
IMPORT("metric") i32 sl_metric(i32 kind, const char *name, u32 len);
IMPORT("measure") i32 sl_measure(i32 id, int64_t value);
IMPORT("log") i32 sl_log(i32 level, const char *line, u32 len);

enum { PASS = 0, PENDING = 1, DONE = 2 };
enum { EVENT_INPUT = 16, EVENT_WINDOW = 18, EVENT_CALL = 48, EVENT_TIMER = 49 };
enum { INTERNAL_SERVER = 11, COUNTER = 1, GLOBAL = 2, LITERAL = 0, QUOTE = 3, STRING = 5 };

struct header { u32 doc, nodes, bytes, status, endpoint, flags, vendor, name; };
struct segment { u32 off, len, id, seen, name_off; uint16_t name_len, choice; uint8_t role, part; uint16_t flags; };
struct node { uint8_t kind, flags; uint16_t key, val, key_len; u32 key_off, off, len, next; };
struct op { uint8_t kind, zero; uint16_t doc; u32 off, len; };
struct hit { u32 segment, from, to, rule; };
struct call {
    const char *upstream; u32 upstream_len; const char *method; u32 method_len; const char *path; u32 path_len;
    const char *headers; u32 headers_len; const struct op *ops; u32 ops_len; const char *lit; u32 lit_len;
    u32 timeout, max_bytes;
};

#define STR(s) s, sizeof(s) - 1

static _Alignas(8) char buffer[1 << 18]; // what the host fills; larger events are not for this program
static char text[1 << 16];
static i32 words, asked, key_say;
static u32 text_len;

EXPORT("sluice_abi") u32 abi(void) { return 1 << 16; }
EXPORT("sluice_buf") char *buf(u32 n) { return n <= sizeof buffer ? buffer : 0; }

EXPORT("sluice_configure") i32 configure(u32 n) {
    key_say = sl_atom(STR("say"));
    words = sl_match_set(STR("{\"words\":[\"alpha\",\"beta\"]}"));
    asked = sl_metric(COUNTER, STR("asked"));
    return key_say > 0 && words >= 0 && asked >= 0 ? 0 : 1;
}

static int says(const char *command, u32 len) {
    if (text_len < len) return 0;
    for (u32 i = 0; i < len; i++)
        if (text[i] != command[i]) return 0;
    return text_len == len || text[len] == ' ';
}

static u32 read_segment(u32 ctx, const struct segment *s) {
    u32 n = s->len < sizeof text ? s->len : sizeof text;
    return sl_bytes(ctx, 1, s->off, n, text) < 0 ? 0 : n;
}

static i32 star(u32 ctx, const struct segment *s, u32 n) {
    for (u32 i = 0; i < n; i++) {
        u32 len = read_segment(ctx, &s[i]);
        for (u32 at = s[i].seen; at < len; at++)
            if (text[at] >= '0' && text[at] <= '9' && sl_edit(ctx, i, at, at + 1, STR("*"), 0)) __builtin_trap();
    }
    return DONE;
}

static i32 match(u32 ctx) {
    static struct hit hits[64];
    i32 n = sl_match(ctx, words, -1, hits, 64);
    for (i32 i = 0; i < n; i++)
        if (sl_edit(ctx, hits[i].segment, hits[i].from, hits[i].to, STR("*"), 0)) __builtin_trap();
    return DONE;
}

static i32 call(u32 ctx, const struct segment *s) {
    struct op ops[3] = {{LITERAL, 0, 0, 0, 1}, {QUOTE, 0, 1, s->off, s->len}, {LITERAL, 0, 0, 0, 1}};
    struct call c = {STR("tck"), 0, 0, STR("/echo"), STR("x-from: guest"), ops, 3, STR("\""), 0, 0};
    if (sl_http_call(ctx, &c, sizeof c) < 0) return PASS;
    return PENDING;
}

static i32 called(u32 ctx, const struct header *h) {
    static char error[] = "call error 0";
    if (!h->status) {
        error[sizeof error - 2] = '0' + h->name;
        sl_flag(ctx, STR(error));
        return DONE;
    }
    const struct node *n = (const struct node *)(h + 1);
    for (u32 i = 1; i < h->nodes; i = n[i].next) {
        if (n[i].key != key_say || n[i].kind != STRING) continue;
        i32 len = sl_text(ctx, h->doc, n[i].off, n[i].len, text, sizeof text);
        if (len < 0 || sl_edit(ctx, 0, 0, 4, text, len, 0)) __builtin_trap(); // in the place of the word call
    }
    return DONE;
}

static i32 count(u32 ctx) {
    static char label[] = "n=0";
    int64_t n = 0;
    if (sl_kv_add(ctx, GLOBAL, STR("n"), 1, 0, &n)) __builtin_trap();
    label[2] = '0' + n % 10;
    sl_flag(ctx, STR(label));
    return DONE;
}

static i32 header(u32 ctx) {
    i32 n = sl_header(ctx, STR("x-tck"), text, sizeof text);
    if (n >= 0) sl_flag(ctx, text, n);
    if (sl_header(ctx, STR("authorization"), text, sizeof text) >= 0) sl_flag(ctx, STR("leak"));
    return DONE;
}

EXPORT("sluice_event") i32 event(u32 ctx, i32 event, u32 n, u32 flags) {
    const struct header *h = (const struct header *)buffer;
    if (event == EVENT_CALL) return called(ctx, h);
    if (event == EVENT_TIMER) return sl_flag(ctx, STR("woke")), DONE;
    if (event < EVENT_INPUT || event > EVENT_WINDOW || !h->nodes) return PASS;
    const struct segment *s = (const struct segment *)(h + 1);
    sl_measure(asked, 1);
    if (event == EVENT_WINDOW) return star(ctx, s, h->nodes);
    text_len = read_segment(ctx, s);
    if (says(STR("star"))) return star(ctx, s, h->nodes);
    if (says(STR("match"))) return match(ctx);
    if (says(STR("block"))) return sl_block(ctx, 0, STR("blocked by the guest")), DONE;
    if (says(STR("flag"))) return sl_flag(ctx, STR("seen")), DONE;
    if (says(STR("fail"))) return sl_fail(ctx, INTERNAL_SERVER, 0, STR("could not decide")), DONE;
    if (says(STR("call"))) return call(ctx, s);
    if (says(STR("sleep"))) return sl_timer(ctx, 20) < 0 ? PASS : PENDING;
    if (says(STR("count"))) return count(ctx);
    if (says(STR("header"))) return header(ctx);
    if (says(STR("log"))) return sl_log(4, STR("a line of the guest's")), PASS;
    if (says(STR("trap"))) __builtin_trap();
    if (says(STR("loop"))) for (;;) sl_log(-4, STR("again"));
    return PASS;
}
