/** All readers of details. */
import type { DetailReader } from "./detail.js";
import { http } from "./http.js";
import { startTls } from "./start-tls.js";

export const detailReaders: readonly DetailReader[] = [http, startTls];
