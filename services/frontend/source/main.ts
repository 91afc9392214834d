import { tasksApi } from "./api";
import { TaskStore } from "./store";
import { View } from "./view";

const MINUTE_MS = 60_000;

const view = new View(document);
const store = new TaskStore(tasksApi(fetch.bind(globalThis)), (state) => view.show(state));
view.connect(store);
view.show(store.state);
void store.load();

// What may have changed while nobody looked, or while there was no network.
addEventListener("online", () => store.load());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void store.load();
});
setInterval(() => view.refreshTimes(), MINUTE_MS);
