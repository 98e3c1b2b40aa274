/** What a parser tells at each step. */

/**
 * "need": feed more octets, or finish. "head": a head is there. "body": `octets` from `start` to `end` are of its body.
 * "end": the message is over; the next call goes on with what follows. "tunnel": `octets` from `start` to `end` are no HTTP.
 * "refused": `violations.refusal` says why; nothing more is read, and `head` stays what is known. "closed": the connection's end
 * came between messages, or the last message was to be the last (`keepAlive`): nothing after that is read.
 */
export type HttpEvent = "need" | "head" | "body" | "end" | "tunnel" | "refused" | "closed";
