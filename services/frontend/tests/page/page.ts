import html from "../../index.html?raw";

/** Make index.html this document, without running it. */
export function openPage(): void {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  document.replaceChild(document.adoptNode(parsed.documentElement), document.documentElement);
}
