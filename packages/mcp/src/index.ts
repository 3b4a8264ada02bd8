export { createPausableClock } from './session/pausable-clock.js';
export type { PausableClock } from './session/pausable-clock.js';
export type { JsonObject } from '@mcpass/auth';
export type { Notice, Notify } from './session/notice.js';
export { openSession } from './session/open-session.js';
export type { Answer, AnswerContent, AnswerPolicy, Ask, Question } from './session/question.js';
export type { OnListing, Progress, SessionOptions } from './session/session-options.js';
export type { Listing, ServerInfo, Session } from './session/session.js';
export type { Era } from './transport/era.js';
