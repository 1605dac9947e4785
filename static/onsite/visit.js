// visit
