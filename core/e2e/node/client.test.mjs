// OpenAI's client for Node against a gateway in front of mock upstreams. Where they are the environment says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { APIError, APIUserAbortError, AuthenticationError, AzureOpenAI, BadRequestError, NotFoundError, RateLimitError } from 'openai';

const { GATEWAY, GATEWAY_KEY: apiKey, GREETING, AFTER_USE, SHAPED } = process.env;
const plain = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey, maxRetries: 0 });
const azure = new AzureOpenAI({ endpoint: GATEWAY, apiKey, apiVersion: '2024-02-01', maxRetries: 0 });
const clients = { openai: plain, azure };
const models = ['openai', 'azure', 'anthropic/claude', 'compatible'];
const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello' }];

const tools = [{
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
  },
}];

const schema = {
  type: 'json_schema',
  json_schema: {
    name: 'weather', strict: true,
    schema: {
      type: 'object', additionalProperties: false, required: ['city', 'degrees'],
      properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
    },
  },
};

// each runs a check for every client and model.
function each(name, check) {
  for (const [kind, client] of Object.entries(clients)) {
    for (const model of models) {
      test(`${name}, ${kind} client, ${model}`, () => check(client, model));
    }
  }
}

// collect puts a stream together.
async function collect(stream) {
  const got = { text: '', calls: [], finish: null, usage: null };
  for await (const chunk of stream) {
    got.usage = chunk.usage ?? got.usage;
    for (const { delta, finish_reason } of chunk.choices) {
      got.text += delta.content ?? '';
      got.finish = finish_reason ?? got.finish;
      for (const t of delta.tool_calls ?? []) {
        const call = (got.calls[t.index] ??= { id: t.id, name: t.function.name, arguments: '' });
        call.arguments += t.function.arguments ?? '';
      }
    }
  }
  return got;
}

each('chat', async (client, model) => {
  const r = await client.chat.completions.create({ model, messages });
  assert.equal(r.choices[0].message.content, GREETING);
  assert.equal(r.choices[0].finish_reason, 'stop');
  assert.deepEqual([r.usage.prompt_tokens, r.usage.completion_tokens], [17, 9]);
});

each('stream', async (client, model) => {
  const got = await collect(await client.chat.completions.create({ model, messages, stream: true }));
  assert.deepEqual([got.text, got.finish, got.usage], [GREETING, 'stop', null]);
  const asked = await collect(await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }));
  assert.equal(asked.usage.total_tokens, 26);
});

each('tools', async (client, model) => {
  const r = await client.chat.completions.create({ model, messages, tools });
  const { message, finish_reason } = r.choices[0];
  assert.equal(finish_reason, 'tool_calls');
  assert.deepEqual(message.tool_calls.map((c) => [c.id, c.function.name, JSON.parse(c.function.arguments).city]),
    [['call_1', 'get_weather', 'Paris'], ['call_2', 'get_weather', 'London']]);
  const results = message.tool_calls.map((c) => ({ role: 'tool', tool_call_id: c.id, content: '21 degrees' }));
  const last = await client.chat.completions.create({ model, messages: [...messages, message, ...results], tools });
  assert.equal(last.choices[0].message.content, AFTER_USE);
});

each('tools, streamed', async (client, model) => {
  const got = await collect(await client.chat.completions.create({ model, messages, tools, stream: true }));
  assert.equal(got.finish, 'tool_calls');
  assert.deepEqual(got.calls.map((c) => [c.id, c.name, JSON.parse(c.arguments).city]),
    [['call_1', 'get_weather', 'Paris'], ['call_2', 'get_weather', 'London']]);
});

each('json schema', async (client, model) => {
  const r = await client.chat.completions.parse({ model, messages, response_format: schema });
  assert.deepEqual(JSON.parse(r.choices[0].message.content), JSON.parse(SHAPED));
  assert.equal(r.choices[0].finish_reason, 'stop');
});

test('stream helper', async () => {
  const runner = plain.chat.completions.stream({ model: 'anthropic/claude', messages });
  assert.equal(await runner.finalContent(), GREETING);
});

for (const model of ['text', 'openai', 'azure', 'anthropic/claude']) {
  test(`completions, ${model}`, async () => {
    const r = await plain.completions.create({ model, prompt: 'Hello' });
    assert.equal(r.choices[0].text, GREETING);
    let text = '';
    for await (const chunk of await plain.completions.create({ model, prompt: 'Hello', stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    assert.equal(text, GREETING);
  });
}

for (const [kind, client] of Object.entries(clients)) {
  for (const encoding_format of [undefined, 'float', 'base64']) { // this client asks for base64 unless told otherwise
    test(`embeddings, ${kind} client, ${encoding_format}`, async () => {
      for (const model of ['embed', 'azure-embed']) {
        const r = await client.embeddings.create({ model, input: ['a', 'b'], encoding_format });
        assert.equal(r.data.length, 2);
        assert.deepEqual(r.data[0].embedding, encoding_format === 'base64' ? 'AAAAPwAAgL8AAABA' : [0.5, -1, 2]);
      }
    });
  }
}

test('moderations', async () => {
  const r = await plain.moderations.create({ model: 'moderate', input: 'I will find you' });
  assert.equal(r.results[0].flagged, true);
  assert.equal(r.results[0].category_scores.violence, 0.98);
});

test('demo', async () => {
  const r = await plain.chat.completions.create({ model: 'demo', messages });
  assert.ok(r.choices[0].message.content);
  assert.ok((await collect(await plain.chat.completions.create({ model: 'demo', messages, stream: true }))).text);
});

test('models', async () => {
  const ids = [];
  for await (const m of plain.models.list()) ids.push(m.id);
  for (const model of models) assert.ok(ids.includes(model), model);
  assert.equal((await plain.models.retrieve('anthropic/claude')).id, 'anthropic/claude');
});

test('errors', async () => {
  const call = (model, client = plain) => client.chat.completions.create({ model, messages });
  await assert.rejects(call('fails/openai/429'), (e) => e instanceof RateLimitError && e.status === 429 && e.type === 'throttling_error');
  await assert.rejects(call('fails/anthropic/404'), (e) => e instanceof NotFoundError && /the mock was told to fail/.test(e.message));
  await assert.rejects(call('no-such-model'), (e) => e instanceof BadRequestError && /no-such-model/.test(e.message));
  await assert.rejects(call('fails/openai/500'), (e) => e instanceof APIError && e.status === 500 && e.code === '500');
  const stranger = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: 'sk-secret-wrong', maxRetries: 0 });
  await assert.rejects(call('openai', stranger), (e) => e instanceof AuthenticationError && e.type === 'auth_error');
});

test('several models at once', async () => {
  const list = await plain.chat.completions.create({ model: 'openai,anthropic/claude', messages });
  assert.deepEqual(list.map((r) => r.choices[0].message.content), [GREETING, GREETING]);
});

test('abort', async () => { // the Go side sees whether the upstream call ends
  const silent = new OpenAI({ baseURL: `${process.env.SILENT_GATEWAY}/v1`, apiKey, maxRetries: 0 });
  const stream = await silent.chat.completions.create({ model: 'm', messages, stream: true });
  for await (const chunk of stream) {
    assert.ok(chunk.id);
    stream.controller.abort();
  }
  const early = new AbortController();
  const call = silent.chat.completions.create({ model: 'm', messages, stream: true }, { signal: early.signal });
  early.abort();
  await assert.rejects(call, APIUserAbortError);
});
