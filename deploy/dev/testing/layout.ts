/** The frame of the page. Tests change the title here. */
export const layout = (sheet: string, text: string) => `<!doctype html>
<html lang="en">
<title>Fixture</title>
<link rel="stylesheet" href="${sheet}">
<p>${text}</p>
</html>`;
