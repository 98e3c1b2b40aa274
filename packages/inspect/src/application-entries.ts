/** The built-in applications, by area. An application is a row in its area's file. */
import { amazon, apple, meta } from "./application-entries/apple-amazon-meta.js";
import { asiaRussia } from "./application-entries/asia-russia.js";
import { cloud } from "./application-entries/cloud.js";
import { communication } from "./application-entries/communication.js";
import { consumer } from "./application-entries/consumer.js";
import { google } from "./application-entries/google.js";
import { media } from "./application-entries/media.js";
import { microsoft } from "./application-entries/microsoft.js";
import { security } from "./application-entries/security.js";
import type { Application } from "./applications.js";

export const applicationEntries: readonly Application[] = [
  ...google,
  ...microsoft,
  ...apple,
  ...amazon,
  ...meta,
  ...communication,
  ...media,
  ...asiaRussia,
  ...cloud,
  ...security,
  ...consumer,
];
