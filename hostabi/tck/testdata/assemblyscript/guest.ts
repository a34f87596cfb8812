// The conformance program of package tck in AssemblyScript: see ../../README.md for what it has to do.
//
//   asc guest.ts -O2 --runtime stub --use abort= --exportRuntime=false -o guest.wasm

@external("sluice1", "atom") declare function slAtom(name: usize, len: u32): i32;
@external("sluice1", "bytes") declare function slBytes(ctx: u32, doc: u32, off: u32, len: u32, to: usize): i32;
@external("sluice1", "text") declare function slText(ctx: u32, doc: u32, off: u32, len: u32, to: usize, cap: u32): i32;
@external("sluice1", "header") declare function slHeader(ctx: u32, name: usize, len: u32, to: usize, cap: u32): i32;
@external("sluice1", "edit") declare function slEdit(ctx: u32, segment: u32, from: u32, to: u32, put: usize, len: u32, flags: u32): i32;
@external("sluice1", "block") declare function slBlock(ctx: u32, status: i32, message: usize, len: u32): i32;
@external("sluice1", "flag") declare function slFlag(ctx: u32, label: usize, len: u32): i32;
@external("sluice1", "fail") declare function slFail(ctx: u32, kind: i32, status: i32, message: usize, len: u32): i32;
@external("sluice1", "match_set") declare function slMatchSet(description: usize, len: u32): i32;
@external("sluice1", "match") declare function slMatch(ctx: u32, set: i32, segment: i32, hits: usize, cap: u32): i32;
@external("sluice1", "http_call") declare function slCall(ctx: u32, call: usize, size: u32): i32;
@external("sluice1", "timer") declare function slTimer(ctx: u32, ms: u32): i32;
@external("sluice1", "kv_add") declare function slAdd(ctx: u32, scope: i32, key: usize, len: u32, delta: i64, ttl: u32, value: usize): i32;
@external("sluice1", "metric") declare function slMetric(kind: i32, name: usize, len: u32): i32;
@external("sluice1", "measure") declare function slMeasure(id: i32, value: i64): i32;
@external("sluice1", "log") declare function slLog(level: i32, line: usize, len: u32): i32;

const PASS = 0, PENDING = 1, DONE = 2;
const EVENT_INPUT = 16, EVENT_WINDOW = 18, EVENT_CALL = 48, EVENT_TIMER = 49;
const INTERNAL_SERVER = 11, COUNTER = 1, GLOBAL = 2, STRING = 5;
const SEGMENT = 28, HEADER = 32, NODE = 24, HIT = 16, CALL = 56;

const bufferSize: u32 = 1 << 18, textSize: u32 = 1 << 16;
const buffer = heap.alloc(bufferSize); // what the host fills; larger events are not for this program
const text = heap.alloc(textSize);
const record = heap.alloc(64 * HIT);
let textLen: u32 = 0, words = 0, asked = 0, keySay = 0;

// Strings of AssemblyScript are UTF-16; the contract's are UTF-8.
class Utf8 {
  at: usize;
  len: u32;
  constructor(s: string) {
    const bytes = String.UTF8.encode(s);
    this.at = changetype<usize>(bytes);
    this.len = bytes.byteLength;
  }
}

export function sluice_abi(): u32 { return 1 << 16; }
export function sluice_buf(n: u32): usize { return n <= bufferSize ? buffer : 0; }

const say = new Utf8("say"), set = new Utf8('{"words":["alpha","beta"]}'), metric = new Utf8("asked");
const starText = new Utf8("*"), quote = new Utf8('"'), upstream = new Utf8("tck"), path = new Utf8("/echo");
const from = new Utf8("x-from: guest"), blocked = new Utf8("blocked by the guest"), undecided = new Utf8("could not decide");
const seen = new Utf8("seen"), woke = new Utf8("woke"), leak = new Utf8("leak"), callError = new Utf8("call error 0");
const counter = new Utf8("n"), counted = new Utf8("n=0"), line = new Utf8("a line of the guest's"), again = new Utf8("again");
const granted = new Utf8("x-tck"), denied = new Utf8("authorization");

export function sluice_configure(n: u32): i32 {
  keySay = slAtom(say.at, say.len);
  words = slMatchSet(set.at, set.len);
  asked = slMetric(COUNTER, metric.at, metric.len);
  return keySay > 0 && words >= 0 && asked >= 0 ? 0 : 1;
}

function flag(label: Utf8): i32 {
  slFlag(ctx, label.at, label.len);
  return DONE;
}

let ctx: u32 = 0;

function must(result: i32): void { if (result < 0) unreachable(); }

function segment(i: u32): usize { return buffer + HEADER + i * SEGMENT; }

function readSegment(i: u32): u32 {
  const s = segment(i), n = min(load<u32>(s, 4), textSize);
  return slBytes(ctx, 1, load<u32>(s), n, text) < 0 ? 0 : n;
}

function star(n: u32): i32 {
  for (let i: u32 = 0; i < n; i++) {
    const len = readSegment(i);
    for (let at = load<u32>(segment(i), 12); at < len; at++) {
      const c = load<u8>(text + at);
      if (c >= 48 && c <= 57) must(slEdit(ctx, i, at, at + 1, starText.at, starText.len, 0));
    }
  }
  return DONE;
}

function match(): i32 {
  const n = slMatch(ctx, words, -1, record, 64);
  for (let i = 0; i < n; i++) {
    const hit = record + i * HIT;
    must(slEdit(ctx, load<u32>(hit), load<u32>(hit, 4), load<u32>(hit, 8), starText.at, starText.len, 0));
  }
  return DONE;
}

function op(at: usize, kind: u8, doc: u16, off: u32, len: u32): void {
  store<u8>(at, kind);
  store<u8>(at, 0, 1);
  store<u16>(at, doc, 2);
  store<u32>(at, off, 4);
  store<u32>(at, len, 8);
}

function call(): i32 {
  const s = segment(0), ops = record + CALL;
  op(ops, 0, 0, 0, 1);
  op(ops + 12, 3, 1, load<u32>(s), load<u32>(s, 4));
  op(ops + 24, 0, 0, 0, 1);
  memory.fill(record, 0, CALL);
  store<u32>(record, <u32>upstream.at);
  store<u32>(record, upstream.len, 4);
  store<u32>(record, <u32>path.at, 16);
  store<u32>(record, path.len, 20);
  store<u32>(record, <u32>from.at, 24);
  store<u32>(record, from.len, 28);
  store<u32>(record, <u32>ops, 32);
  store<u32>(record, 3, 36);
  store<u32>(record, <u32>quote.at, 40);
  store<u32>(record, quote.len, 44);
  return slCall(ctx, record, CALL) < 0 ? PASS : PENDING;
}

function called(): i32 {
  if (load<u32>(buffer, 12) == 0) {
    store<u8>(callError.at + callError.len - 1, <u8>(48 + load<u32>(buffer, 28)));
    return flag(callError);
  }
  const nodes = load<u32>(buffer, 4), doc = load<u32>(buffer);
  for (let i: u32 = 1; i < nodes;) {
    const n = buffer + HEADER + i * NODE;
    if (load<u16>(n, 2) == keySay && load<u8>(n) == STRING) {
      const len = slText(ctx, doc, load<u32>(n, 12), load<u32>(n, 16), text, textSize);
      must(len);
      must(slEdit(ctx, 0, 0, 4, text, len, 0)); // in the place of the word call
    }
    i = load<u32>(n, 20);
  }
  return DONE;
}

function count(): i32 {
  must(slAdd(ctx, GLOBAL, counter.at, counter.len, 1, 0, record));
  store<u8>(counted.at + 2, <u8>(48 + load<i64>(record) % 10));
  return flag(counted);
}

function header(): i32 {
  const n = slHeader(ctx, granted.at, granted.len, text, textSize);
  if (n >= 0) slFlag(ctx, text, n);
  if (slHeader(ctx, denied.at, denied.len, text, textSize) >= 0) flag(leak);
  return DONE;
}

function says(command: string): bool {
  const len = <u32>command.length;
  if (textLen < len) return false;
  for (let i: u32 = 0; i < len; i++) if (load<u8>(text + i) != command.charCodeAt(i)) return false;
  return textLen == len || load<u8>(text + len) == 32;
}

export function sluice_event(context: u32, event: i32, n: u32, flags: u32): i32 {
  ctx = context;
  if (event == EVENT_CALL) return called();
  if (event == EVENT_TIMER) return flag(woke);
  const segments = load<u32>(buffer, 4);
  if (event < EVENT_INPUT || event > EVENT_WINDOW || segments == 0) return PASS;
  slMeasure(asked, 1);
  if (event == EVENT_WINDOW) return star(segments);
  textLen = readSegment(0);
  if (says("star")) return star(segments);
  if (says("match")) return match();
  if (says("block")) { slBlock(ctx, 0, blocked.at, blocked.len); return DONE; }
  if (says("flag")) return flag(seen);
  if (says("fail")) { slFail(ctx, INTERNAL_SERVER, 0, undecided.at, undecided.len); return DONE; }
  if (says("call")) return call();
  if (says("sleep")) return slTimer(ctx, 20) < 0 ? PASS : PENDING;
  if (says("count")) return count();
  if (says("header")) return header();
  if (says("log")) { slLog(4, line.at, line.len); return PASS; }
  if (says("trap")) unreachable();
  if (says("loop")) while (true) slLog(-4, again.at, again.len);
  return PASS;
}
