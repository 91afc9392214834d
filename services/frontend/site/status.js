const status = document.getElementById("status");
fetch("api/readyz")
  .then((response) => response.json())
  .then((body) => { status.textContent = `Backend: ${body.status}`; })
  .catch(() => { status.textContent = "The backend does not answer."; });
