// Makes the headings of sortable tables buttons. A second click turns the order; undefined values stay last.
document.querySelectorAll("table.sortable").forEach(table => {
    const body = table.tBodies[0];
    const headings = [...table.tHead.rows[0].cells];
    const values = (rows, column) => new Map(rows.map(row => {
        const value = row.cells[column].dataset.value;
        return [row, value === undefined ? NaN : Number(value)];
    }));
    headings.forEach((heading, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...heading.childNodes);
        heading.append(button);
        button.addEventListener("click", () => {
            const rising = heading.getAttribute("aria-sort") !== "ascending";
            headings.forEach(other => other.removeAttribute("aria-sort"));
            heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
            const rows = [...body.rows];
            const value = values(rows, column);
            rows.sort((a, b) => {
                const x = value.get(a);
                const y = value.get(b);
                if (isNaN(x) || isNaN(y)) {
                    return isNaN(x) - isNaN(y);
                }
                return rising ? x - y : y - x;
            });
            body.append(...rows);
        });
    });
});
