import { runWorker } from "./inspect/worker.js";

runWorker();
