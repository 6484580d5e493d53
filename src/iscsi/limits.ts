/** What a peer may make us hold. Bytes unless the name says otherwise. */

/** Longest data segment that we take, and what we declare. */
export const RECEIVE_SEGMENT_BYTES = 262_144;
/** Until an end has declared another; so also in every login. Source: RFC 7143 13.12. */
export const DEFAULT_SEGMENT_BYTES = 8_192;
/** Text of one negotiation, joined over its PDUs. */
export const NEGOTIATION_BYTES_MAX = 16_384;
/** Requests of one login. */
export const LOGIN_EXCHANGE_COUNT_MAX = 32;
export const LOGIN_TIMEOUT_MS = 15_000;

/** Commands of a session that are not answered yet: the command window. */
export const COMMAND_COUNT_MAX = 128;
/** Beside them, immediate ones. */
export const IMMEDIATE_COUNT_MAX = 16;

/** Data-Out of one command; more is refused, not solicited. */
export const COMMAND_WRITE_BYTES_MAX = 16 * 1024 * 1024;
/**
 * Data-Out of a connection that R2Ts may ask for at one time. Unsolicited data come on top: at most
 * FirstBurstLength for each command of the window.
 */
export const SESSION_WRITE_BYTES_MAX = 32 * 1024 * 1024;
/** Data-In that the running commands of a connection may offer, unless one alone offers more. */
export const SESSION_READ_BYTES_MAX = 32 * 1024 * 1024;
/** Pieces that one command's Data-Out, or one PDU, is kept in; more are joined by a copy. */
export const PIECE_COUNT_MAX = 256;

/** Normal sessions of a target. */
export const SESSION_COUNT_MAX = 512;
/** Connections of one session. */
export const CONNECTION_COUNT_MAX = 4;
/** Connections without a normal session: logins under way, discovery. The oldest makes room. */
export const LOGIN_COUNT_MAX = 128;
/** How long an initiator may read nothing of what waits for it before it is given up. */
export const STALL_TIMEOUT_MS = 60_000;
