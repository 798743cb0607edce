/**
 * undici as far as it is used, for the bundle: its index loads mocks, caches, fetch and WebSocket besides, which takes
 * 5 MB of memory in each run. What is imported from it elsewhere has to be named here: the bundler says so.
 */
import api from 'undici/lib/api/index.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

export { default as buildConnector } from 'undici/lib/core/connect.js';
export { default as errors } from 'undici/lib/core/errors.js';
export { default as Agent } from 'undici/lib/dispatcher/agent.js';
export { default as Pool } from 'undici/lib/dispatcher/pool.js';
export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js';

// As its index does: how a dispatcher is asked, by itself too.
Object.assign(Dispatcher.prototype, api);
